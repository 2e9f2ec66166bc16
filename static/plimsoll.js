// The portal's behaviour: theme switch, charts from JSON script tags, upload with progress.
(function () {
  "use strict";

  /* Theme */
  function themeSwitch() {
    const root = document.documentElement;
    const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.setAttribute("data-bs-theme", next);
    try { window.localStorage.setItem("plimsoll-theme", next); } catch (_) { /* private mode keeps no choice */ }
    document.querySelectorAll("[data-chart]").forEach(function (place) { drawChart(place, true); });
  }

  document.addEventListener("click", function (event) {
    const target = event.target;
    if (!(target instanceof Element)) return;
    if (target.closest("[data-theme-switch]")) themeSwitch();
    const copy = target.closest("[data-copy]");
    if (copy) copyText(copy);
  });

  function copyText(button) {
    const source = document.getElementById(button.getAttribute("data-copy"));
    if (!source || !navigator.clipboard) return;
    navigator.clipboard.writeText(source.textContent.trim()).then(function () { button.textContent = "Copied"; });
  }

  /* Charts */
  function ink(name) {
    return window.getComputedStyle(document.documentElement).getPropertyValue("--pl-" + name).trim();
  }

  function faded(hex, share) {
    const n = parseInt(hex.slice(1), 16);
    return "rgba(" + (n >> 16) + "," + ((n >> 8) & 255) + "," + (n & 255) + "," + share + ")";
  }

  function written(value, unit) {
    if (value === null || value === undefined) return "";
    if (unit === "percent") return (value * 100).toFixed(1) + "\u202f%";
    if (unit === "money") return value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toFixed(3)));
  }

  function shortly(value, unit) {
    if (unit === "percent") return Math.round(value * 1000) / 10 + "\u202f%";
    if (unit === "money" && Math.abs(value) >= 1000) return Math.round(value / 100) / 10 + "k";
    return String(Math.round(value * 1000) / 1000);
  }

  function text(size, colour) {
    return { fontFamily: "Inter, system-ui, sans-serif", fontSize: size, color: colour };
  }

  function base() {
    return {
      animation: false,
      textStyle: text(12, ink("text")),
      tooltip: {
        renderMode: "richText", confine: true, backgroundColor: ink("surface"), borderColor: ink("line-strong"),
        textStyle: text(12, ink("text")),
      },
    };
  }

  function valueAxis(unit, extra) {
    return Object.assign({
      type: "value", axisLine: { show: false }, axisTick: { show: false },
      splitLine: { lineStyle: { color: ink("line") } },
      axisLabel: Object.assign(text(11, ink("muted")), { hideOverlap: true, formatter: function (v) { return shortly(v, unit); } }),
    }, extra);
  }

  function namedAxis(names, extra) {
    return Object.assign({
      type: "category", data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: ink("line-strong") } },
      axisLabel: text(12, ink("text")),
    }, extra);
  }

  function limitLine(limit, across) {
    if (!limit) return undefined;
    const at = across ? { xAxis: limit.value } : { yAxis: limit.value };
    return {
      silent: true, symbol: "none", lineStyle: { color: ink("lead"), type: "dashed", width: 1 },
      label: Object.assign(text(11, ink("lead")), { formatter: limit.label, position: across ? "end" : "insideEndTop" }),
      data: [at],
    };
  }

  const tones = { fail: "lead", doubt: "amber", plain: "sea" };

  function intervals(data, narrow) {
    const rows = data.rows.slice().reverse();
    const colour = function (row) { return ink(tones[row.tone] || "sea"); };
    return Object.assign(base(), {
      grid: { left: 4, right: narrow ? 46 : 140, top: data.limit ? 22 : 6, bottom: 4, containLabel: true },
      xAxis: valueAxis(data.unit, { min: data.unit === "percent" ? 0 : undefined, scale: data.unit !== "percent" }),
      yAxis: namedAxis(rows.map(function (row) { return row.label; }), {
        axisLine: { show: false },
        axisLabel: Object.assign(text(12, ink("text")), { width: narrow ? 110 : 220, overflow: "truncate" }),
      }),
      series: [
        { type: "bar", stack: "band", silent: true, itemStyle: { color: "transparent" }, barWidth: 12,
          data: rows.map(function (row) { return row.low === null ? row.value : row.low; }) },
        { type: "bar", stack: "band", silent: true, barWidth: 12,
          label: Object.assign(text(11, ink("muted")), {
            show: true, position: "right", distance: 6,
            formatter: function (p) { return narrow ? written(p.data.row.value, data.unit) : bandWords(p.data.row, data.unit); },
          }),
          data: rows.map(function (row) {
            return { value: row.low === null ? 0 : row.high - row.low, row: row, itemStyle: { color: faded(colour(row), 0.28) } };
          }) },
        { type: "scatter", symbol: "rect", symbolSize: [3, 16], z: 4,
          data: rows.map(function (row, at) { return { value: [row.value, at], itemStyle: { color: colour(row) }, row: row }; }),
          tooltip: { formatter: function (p) { return told(p.data.row, data.unit); } },
          markLine: limitLine(data.limit, true) },
      ],
    });
  }

  function bandWords(row, unit) {
    if (row.low === null || row.low === undefined) return written(row.value, unit);
    return written(row.value, unit) + " (" + shortly(row.low, unit) + " to " + shortly(row.high, unit) + ")";
  }

  function told(row, unit) {
    const range = row.low === null || row.low === undefined ? "" : " (" + written(row.low, unit) + " to " + written(row.high, unit) + ")";
    const rows = row.n ? ", " + Number(row.n).toLocaleString("en") + " rows" : "";
    return row.label + ": " + written(row.value, unit) + range + rows;
  }

  function reliability(data) {
    const points = data.points.map(function (p) { return { value: [p.x, p.y], p: p, symbolSize: 8 }; });
    return Object.assign(base(), {
      grid: { left: 4, right: 20, top: 20, bottom: 24, containLabel: true },
      xAxis: valueAxis("percent", { min: 0, max: 1, name: "said by the model", nameLocation: "middle", nameGap: 26, nameTextStyle: text(11, ink("muted")) }),
      yAxis: valueAxis("percent", { min: 0, max: 1, name: "observed", nameTextStyle: text(11, ink("muted")) }),
      series: [
        { type: "line", silent: true, symbol: "none", data: [[0, 0], [1, 1]], lineStyle: { color: ink("faint"), width: 1, type: "dashed" } },
        { type: "line", data: points, symbol: "circle", lineStyle: { color: ink("sea"), width: 1.5 }, itemStyle: { color: ink("sea") },
          tooltip: { formatter: function (item) {
            const p = item.data.p;
            return "said " + written(p.x, "percent") + ", observed " + written(p.y, "percent") + (p.n ? ", " + Number(p.n).toLocaleString("en") + " rows" : "");
          } } },
      ],
    });
  }

  function trend(data) {
    const names = data.points.map(function (p) { return p.label; });
    const banded = data.points.every(function (p) { return p.low !== null && p.low !== undefined; });
    const band = banded ? [
      { type: "line", stack: "band", silent: true, symbol: "none", lineStyle: { opacity: 0 }, data: data.points.map(function (p) { return p.low; }) },
      { type: "line", stack: "band", silent: true, symbol: "none", lineStyle: { opacity: 0 }, areaStyle: { color: faded(ink("sea"), 0.22) },
        data: data.points.map(function (p) { return p.high - p.low; }) },
    ] : [];
    return Object.assign(base(), {
      grid: { left: 4, right: 20, top: 18, bottom: 4, containLabel: true },
      xAxis: namedAxis(names, { boundaryGap: false, axisLabel: Object.assign(text(11, ink("muted")), { hideOverlap: true }) }),
      yAxis: valueAxis(data.unit, { scale: true }),
      series: band.concat([{
        type: "line", symbol: "circle", symbolSize: 5, lineStyle: { color: ink("sea"), width: 1.8 }, itemStyle: { color: ink("sea") },
        data: data.points.map(function (p) { return { value: p.value, row: p }; }),
        tooltip: { formatter: function (item) { return told(item.data.row, data.unit); } },
        markLine: limitLine(data.limit, false),
      }]),
    });
  }

  function waterfall(data, narrow) {
    let level = 0;
    const steps = data.steps.map(function (step) {
      const from = step.total ? 0 : level;
      level = step.total ? step.value : level + step.value;
      return { label: step.label, low: Math.min(from, level), size: Math.abs(level - from), step: step };
    }).reverse();
    return Object.assign(base(), {
      grid: { left: 4, right: 76, top: 4, bottom: 4, containLabel: true },
      xAxis: valueAxis("money", { min: 0 }),
      yAxis: namedAxis(steps.map(function (s) { return s.label; }), {
        axisLine: { show: false },
        axisLabel: Object.assign(text(12, ink("text")), { width: narrow ? 105 : 230, overflow: "truncate" }),
      }),
      series: [
        { type: "bar", stack: "fall", silent: true, itemStyle: { color: "transparent" }, barWidth: 16, data: steps.map(function (s) { return s.low; }) },
        { type: "bar", stack: "fall", barWidth: 16,
          data: steps.map(function (s) {
            return { value: s.size, s: s, itemStyle: { color: s.step.total ? ink("text") : s.step.value < 0 ? ink("moss") : s.step.tone === "doubt" ? ink("amber") : ink("sea") } };
          }),
          label: Object.assign(text(11, ink("text")), { show: true, position: "right", formatter: function (p) { return written(p.data.s.step.value, "money"); } }),
          tooltip: { formatter: function (p) { return p.data.s.label + ": " + written(p.data.s.step.value, "money"); } } },
      ],
    });
  }

  const kinds = { intervals: intervals, reliability: reliability, trend: trend, waterfall: waterfall };

  function chartHeight(data) {
    if (data.kind === "intervals") return 44 + data.rows.length * 34;
    if (data.kind === "waterfall") return 30 + data.steps.length * 30;
    return 280;
  }

  function drawChart(place, anew) {
    if (!window.echarts) return;
    const source = document.getElementById(place.getAttribute("data-chart"));
    if (!source) return;
    const data = JSON.parse(source.textContent);
    let chart = window.echarts.getInstanceByDom(place);
    if (chart && !anew) return;
    if (chart) chart.dispose();
    place.style.height = chartHeight(data) + "px";
    chart = window.echarts.init(place, null, { renderer: "svg" });
    chart.setOption(kinds[data.kind](data, place.clientWidth < 520));
    if (data.title) place.setAttribute("aria-label", data.title);
  }

  function drawAll() {
    document.querySelectorAll("[data-chart]").forEach(function (place) { drawChart(place, false); });
  }

  let waiting = 0;
  window.addEventListener("resize", function () {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(function () {
      document.querySelectorAll("[data-chart]").forEach(function (place) { drawChart(place, true); });
    }, 150);
  });
  document.addEventListener("htmx:afterSettle", drawAll);
  document.addEventListener("toggle", function (event) {
    if (event.target instanceof HTMLDetailsElement && event.target.open) {
      event.target.querySelectorAll("[data-chart]").forEach(function (place) { drawChart(place, true); });
    }
  }, true);

  /* Upload: the file goes to the API as it is, with what the browser knows of the progress. */
  function bytes(n) {
    return n < 1048576 ? Math.ceil(n / 1024).toLocaleString("en") + " KB" : (n / 1048576).toFixed(1) + " MB";
  }

  function fileType(name) {
    if (/\.parquet$/i.test(name)) return { type: "application/vnd.apache.parquet" };
    return /\.gz$/i.test(name) ? { type: "text/csv", encoding: "gzip" } : { type: "text/csv" };
  }

  function refusal(request) {
    try {
      const problem = JSON.parse(request.responseText);
      return [problem.detail, problem.limit ? "Limit: " + problem.limit + "." : "", problem.remedy || ""].join(" ").trim();
    } catch (_) {
      return "The upload was cut off. Check the connection and send the file again.";
    }
  }

  function upload(form) {
    const file = form.querySelector("input[type=file]").files[0];
    const progress = form.querySelector("progress");
    const words = form.querySelector("[data-upload-words]");
    const button = form.querySelector("button[type=submit]");
    if (!file) return;
    const query = new URLSearchParams();
    new FormData(form).forEach(function (value, key) {
      if (typeof value === "string" && value && key !== "csrfmiddlewaretoken") query.set(key, value);
    });
    if (!query.get("name")) query.set("name", file.name);
    const kind = fileType(file.name);
    const request = new XMLHttpRequest();
    const started = Date.now();
    request.open("POST", form.getAttribute("data-upload") + "?" + query.toString());
    request.setRequestHeader("Content-Type", kind.type);
    if (kind.encoding) request.setRequestHeader("Content-Encoding", kind.encoding);
    request.setRequestHeader("X-CSRFToken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    request.upload.addEventListener("progress", function (event) {
      if (!event.lengthComputable) return;
      progress.max = event.total;
      progress.value = event.loaded;
      const left = event.loaded ? (Date.now() - started) * (event.total - event.loaded) / event.loaded / 1000 : 0;
      words.textContent = bytes(event.loaded) + " of " + bytes(event.total) + (left > 1 ? ", about " + Math.ceil(left) + " s left" : "");
    });
    request.addEventListener("load", function () {
      if (request.status === 201) {
        window.location.assign(form.getAttribute("data-then").replace("{id}", JSON.parse(request.responseText).id));
        return;
      }
      failed(refusal(request));
    });
    request.addEventListener("error", function () { failed(refusal(request)); });
    function failed(why) {
      words.textContent = why;
      words.classList.add("pl-wrong");
      progress.hidden = true;
      button.disabled = false;
    }
    words.classList.remove("pl-wrong");
    words.textContent = "Starting";
    progress.hidden = false;
    button.disabled = true;
    request.send(file);
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (form instanceof HTMLFormElement && form.hasAttribute("data-upload")) {
      event.preventDefault();
      upload(form);
    }
  });

  drawAll();
})();
