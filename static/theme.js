// Before the first paint: the theme this reader chose, else the one the device asks for.
(function () {
  "use strict";
  var chosen = null;
  try { chosen = window.localStorage.getItem("plimsoll-theme"); } catch (_) { chosen = null; }
  var dark = chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
