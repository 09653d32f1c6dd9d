/** Line drawings on a 24 × 24 field, one path each. */
const PATHS = {
  plus: "M12 5v14M5 12h14",
  search: "M11 4a7 7 0 1 1 0 14a7 7 0 0 1 0-14zM20 20l-4-4",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 19V5M6 11l6-6l6 6",
  stop: "M7 7h10v10H7z",
  pencil: "M4 20l1-4L16 5l3 3L8 19z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  history: "M12 8v4l3 2M4 12a8 8 0 1 0 2.6-5.9M4 4v4h4",
  star: "M12 4l2.4 5l5.6.700l-4.1 3.8l1.1 5.5L12 16.3L7 19l1.1-5.5L4 9.7L9.6 9z",
  check: "M5 13l4 4L19 7",
  chevron: "M7 10l5 5l5-5",
  down: "M12 5v14M6 13l6 6l6-6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  refresh: "M20 11a8 8 0 1 0-2.3 6.5M20 5v6h-6",
  dots: "M5 12a.7.7 0 1 0 1.4 0a.7.7 0 1 0-1.4 0M11.3 12a.7.7 0 1 0 1.4 0a.7.7 0 1 0-1.4 0M17.6 12a.7.7 0 1 0 1.4 0a.7.7 0 1 0-1.4 0",
  user: "M12 4a4 4 0 1 1 0 8a4 4 0 0 1 0-8zM4.5 20c.8-3.8 3.6-5.5 7.5-5.5s6.7 1.7 7.5 5.5",
  logout: "M14 4H6v16h8M10 12h10M17 8l4 4l-4 4",
  bookmark: "M7 4h10v16l-5-4l-5 4z",
  pause: "M9 6v12M15 6v12",
  incognito:
    "M3 11.5h18M6 11.5l1.8-6.5l4.2 1l4.2-1l1.8 6.5M7.5 14.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 0 1 0-5z" +
    "M16.5 14.5a2.5 2.5 0 1 1 0 5a2.5 2.5 0 0 1 0-5zM10 16.6c1.3-.6 2.7-.6 4 0",
  fact: "M12 4a8 8 0 1 1 0 16a8 8 0 0 1 0-16zM12 11.5V16M12 8h.01",
  preference: "M12 19.5S5 15 5 9.8A3.8 3.8 0 0 1 12 7.6A3.8 3.8 0 0 1 19 9.8C19 15 12 19.5 12 19.5z",
  event: "M5 6h14v14H5zM5 10.5h14M9 3v4M15 3v4",
  context: "M12 4l8 4l-8 4l-8-4zM4 12l8 4l8-4M4 16l8 4l8-4",
  episode: "M4 5h16v11H10l-5 4v-4H4z",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
};

const SVG = "http://www.w3.org/2000/svg";

/** A drawing that screen readers skip: the button around it carries the words. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
