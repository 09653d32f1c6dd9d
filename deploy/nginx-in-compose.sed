# What is otherwise than nginx.conf says in compose.yaml, where the processes are in a container "app".
# Its address is another one when it was made anew: it is looked up again (nginx 1.27.3 or later).
s/server_tokens off;/& resolver 127.0.0.11 valid=2s ipv6=off;/
s/hash \$memorychat_key consistent;/& zone memorychat 64k;/
s/server 127\.0\.0\.1:\([0-9]*\)/server app:\1 resolve/
s/listen 127\.0\.0\.1:8080/listen 8080/
# This machine, as Docker's networks show it.
s/set_real_ip_from 127\.0\.0\.1;/set_real_ip_from 172.16.0.0\/12; set_real_ip_from 192.168.0.0\/16;/
