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
    return tidy(value);
  }

  function shortly(value, unit) {
    if (unit === "percent") return (Math.abs(value) < 0.001 ? Number((value * 100).toPrecision(2)) : Math.round(value * 1000) / 10) + "\u202f%";
    if (unit === "money" && Math.abs(value) >= 1000) return Math.round(value / 100) / 10 + "k";
    return String(Number(value.toPrecision(4)));
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

  /* Names of rows: at the left; on a phone above their row, where they have its whole width. */
  function rowNames(narrow, wide, lift) {
    if (!narrow) return Object.assign(text(12, ink("text")), { width: Math.min(330, wide * 0.33), overflow: "truncate" });
    return Object.assign(text(12, ink("text")), {
      inside: true, margin: 0, align: "left", verticalAlign: "bottom", padding: [0, 0, lift, 2], width: wide - 110, overflow: "truncate",
    });
  }

  function limitLine(limit, across) {
    if (!limit) return undefined;
    const at = across ? { xAxis: limit.value } : { yAxis: limit.value };
    return {
      silent: true, symbol: "none", precision: 12, lineStyle: { color: ink("lead"), type: "dashed", width: 1 },
      label: Object.assign(text(11, ink("lead")), { formatter: limit.label, position: across ? "end" : "insideEndTop" }),
      data: [at],
    };
  }

  const tones = { fail: "lead", doubt: "amber", plain: "sea" };

  function intervals(data, narrow, wide) {
    const rows = data.rows.slice().reverse();
    const colour = function (row) { return ink(tones[row.tone] || "sea"); };
    return Object.assign(base(), {
      grid: { left: 4, right: narrow ? 46 : data.noted ? 210 : 140, top: data.limit ? 22 : 6, bottom: 4, containLabel: true },
      xAxis: valueAxis(data.unit, data.signed ? {} : { min: 0 }),
      yAxis: namedAxis(rows.map(function (row) { return row.label; }), {
        axisLine: { show: Boolean(data.signed) }, z: 5, axisLabel: rowNames(narrow, wide, 15),
      }),
      series: [
        { type: "bar", stack: "band", stackStrategy: "all", silent: true, itemStyle: { color: "transparent" }, barWidth: 12,
          data: rows.map(function (row) { return row.low === null ? row.value : row.low; }) },
        { type: "bar", stack: "band", stackStrategy: "all", silent: true, barWidth: 12,
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
    const note = row.note ? ", " + row.note : "";
    if (row.low === null || row.low === undefined) return written(row.value, unit) + note;
    return written(row.value, unit) + " (" + written(row.low, unit) + " to " + written(row.high, unit) + ")" + note;
  }

  function told(row, unit) {
    const range = row.low === null || row.low === undefined ? "" : " (" + written(row.low, unit) + " to " + written(row.high, unit) + ")";
    const rows = row.n ? ", " + Number(row.n).toLocaleString("en") + " rows" : "";
    return row.label + ": " + written(row.value, unit) + range + rows + (row.note ? ", " + row.note : "");
  }

  function reliability(data) {
    const points = data.points.map(function (p) { return { value: [p.x, p.y], p: p, symbolSize: 8 }; });
    return Object.assign(base(), {
      grid: { left: 4, right: 20, top: 20, bottom: 24, containLabel: true },
      xAxis: valueAxis("percent", { min: 0, max: 1, name: "said by the model", nameLocation: "middle", nameGap: 26, nameTextStyle: text(11, ink("muted")) }),
      yAxis: valueAxis("percent", { min: 0, max: 1, name: "observed", nameTextStyle: text(11, ink("muted")) }),
      series: [
        { type: "line", silent: true, symbol: "none", data: [[0, 0], [1, 1]], lineStyle: { color: ink("faint"), width: 1, type: "dashed" } },
        /* Each point's band stands as a bar behind it. */
        { type: "line", silent: true, symbol: "none", lineStyle: { color: faded(ink("sea"), 0.28), width: 9, cap: "butt" },
          data: data.points.flatMap(function (p) { return [[p.x, p.low], [p.x, p.high], [p.x, null]]; }) },
        { type: "line", data: points, symbol: "circle", lineStyle: { color: ink("sea"), width: 1.5 }, itemStyle: { color: ink("sea") },
          tooltip: { formatter: function (item) {
            const p = item.data.p;
            const band = p.low === null || p.low === undefined ? "" : " (" + written(p.low, "percent") + " to " + written(p.high, "percent") + ")";
            return "said " + written(p.x, "percent") + ", observed " + written(p.y, "percent") + band + (p.n ? ", " + Number(p.n).toLocaleString("en") + " rows" : "");
          } } },
      ],
    });
  }

  function trend(data) {
    // The limit stands on the axis however far below it the values stay.
    const most = Math.max.apply(null, data.points.map(function (p) { return p.value; }).concat(data.limit ? data.limit.value * 5 : 0));
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
      yAxis: valueAxis(data.unit, data.log ? { type: "log", max: most } : { scale: true }),
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
        axisLabel: Object.assign(text(12, ink("text")), { width: narrow ? 105 : 270, overflow: "truncate" }),
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

  /* Pushes: what inputs add to answers. Colours of values run from sea (low) to amber (high); rings have no order. */
  function signed(value) {
    return value > 0 ? "+" + tidy(value) : tidy(value);
  }

  function tidy(value) {
    const size = Math.abs(value);
    const words = size >= 1000 ? Math.round(value).toLocaleString("en") : value === 0 ? "0" : value.toPrecision(3);
    return words.replace("-", "\u2212");
  }

  function shade(low, high, share) {
    const a = parseInt(low.slice(1), 16), b = parseInt(high.slice(1), 16);
    const part = function (shift) { return Math.round((a >> shift & 255) * (1 - share) + (b >> shift & 255) * share); };
    return "rgb(" + part(16) + "," + part(8) + "," + part(0) + ")";
  }

  function pushAxis(data, extra) {
    const named = { name: data.units, nameLocation: "middle", nameGap: 24, nameTextStyle: text(11, ink("muted")) };
    return valueAxis("", Object.assign(named, { axisLabel: Object.assign(text(11, ink("muted")), { hideOverlap: true, formatter: shortSigned }) }, extra));
  }

  function shortSigned(value) {
    const words = String(Number(Math.abs(value).toPrecision(4)));
    return value > 0 ? "+" + words : value < 0 ? "\u2212" + words : "0";
  }

  function swarmAxis(names, label) {
    return namedAxis(names, {
      inverse: true, axisLine: { show: false }, splitLine: { show: !label.inside, lineStyle: { color: ink("line") } }, z: 5, axisLabel: label,
    });
  }

  /* A bee is [push, position among values, value]. Points of a column stand side by side around their row's middle, so that width is density. */
  function piled(bees, column, half) {
    const columns = new Map();
    bees.slice().sort(function (a, b) { return a[0] - b[0] || (a[1] === null ? -1 : a[1]) - (b[1] === null ? -1 : b[1]); })
      .forEach(function (bee) {
        const key = Math.floor(bee[0] / column);
        if (!columns.has(key)) columns.set(key, []);
        columns.get(key).push(bee);
      });
    const most = Math.max.apply(null, Array.from(columns.values(), function (c) { return c.length; }));
    const step = Math.min(5, 2 * half / most);
    return Array.from(columns.values()).flatMap(function (c) {
      return c.map(function (bee, place) { return { bee: bee, lift: Math.ceil(place / 2) * (place % 2 ? -1 : 1) * step }; });
    });
  }

  function beeswarm(data, narrow, wide) {
    const every = data.rows.flatMap(function (row) { return row.bees.map(function (bee) { return bee[0]; }); });
    const span = Math.max.apply(null, every.concat(0)) - Math.min.apply(null, every.concat(0)) || 1;
    const column = span / Math.max(20, (narrow ? wide - 30 : wide * 0.64) / 4.5);
    const low = ink("sea"), high = ink("amber"), ring = ink("faint"), paper = ink("paper");
    const points = data.rows.flatMap(function (row, at) {
      return piled(row.bees, column, narrow ? 11 : 15).map(function (p) {
        const look = p.bee[1] === null ? { color: paper, borderColor: ring, borderWidth: 1 } : { color: shade(low, high, p.bee[1]) };
        return { value: [p.bee[0], at], symbolOffset: [0, p.lift], itemStyle: look, said: row.label + valueWords(p.bee) + ": " + signed(p.bee[0]) };
      });
    });
    return Object.assign(base(), {
      grid: { left: 4, right: 16, top: narrow ? 10 : 6, bottom: 26, containLabel: true },
      xAxis: pushAxis(data),
      yAxis: swarmAxis(data.rows.map(function (row) { return row.label; }), rowNames(narrow, wide, 20)),
      series: [{
        type: "scatter", symbol: "circle", symbolSize: 4.6, data: points, large: false,
        tooltip: { formatter: function (p) { return p.data.said; } },
        markLine: { silent: true, symbol: "none", precision: 12, label: { show: false }, lineStyle: { color: ink("muted"), type: "solid", width: 1 }, data: [{ xAxis: 0 }] },
      }],
    });
  }

  function valueWords(bee) {
    return bee[2] === null ? "" : " " + bee[2];
  }

  function explanation(data, narrow, wide) {
    const stops = [];
    let level = data.base;
    data.steps.forEach(function (step) {
      stops.push({ label: step.label, name: step.name, said: step.said, from: level, to: level + step.value, value: step.value });
      level += step.value;
    });
    const rows = [{ name: "base", said: "the average answer" }].concat(stops, { name: "this answer", said: data.answered });
    const figures = [tidy(data.base)].concat(stops.map(function (stop) { return signed(stop.value); }), tidy(data.answer));
    const plain = function (value) { return shortSigned(value).replace("+", ""); };
    return Object.assign(base(), {
      grid: { left: 4, right: 8, top: narrow ? 10 : 4, bottom: 26, containLabel: true },
      xAxis: pushAxis(data, { scale: true, axisLabel: Object.assign(text(11, ink("muted")), { hideOverlap: true, formatter: plain }) }),
      yAxis: pushNames(rows, narrow, wide).concat([
        namedAxis(figures, { inverse: true, position: "right", axisLine: { show: false }, axisLabel: text(12, ink("text")) }),
      ]),
      series: stops.map(pushLine).concat([
        { type: "scatter", symbol: "circle", symbolSize: 8, z: 5, itemStyle: { color: ink("text") },
          data: [[data.base, 0], [data.answer, rows.length - 1]], tooltip: { show: false },
          markLine: { silent: true, symbol: "none", precision: 12, label: { show: false }, lineStyle: { color: ink("faint"), type: "dashed", width: 1 }, data: [{ xAxis: data.base }] } },
      ]),
    });
  }

  /* Each input's name over its value; on a phone both in one line above the bar. */
  function pushNames(rows, narrow, wide) {
    if (narrow) {
      const told = rows.map(function (row) { return row.name + (row.said ? ": " + row.said : ""); });
      return [swarmAxis(told, rowNames(true, wide, 14))];
    }
    const name = Object.assign(rowNames(false, wide), { verticalAlign: "bottom", padding: [0, 0, 4, 0] });
    const value = Object.assign(rowNames(false, wide), text(11, ink("muted")), { verticalAlign: "top", padding: [4, 0, 0, 0] });
    return [
      swarmAxis(rows.map(function (row) { return row.name; }), name),
      namedAxis(rows.map(function (row) { return row.said; }), { inverse: true, position: "left", axisLine: { show: false }, axisLabel: value }),
    ];
  }

  /* A bar from where the last push ended: full up, pale down; the sign stands in the figure at the right. */
  function pushLine(stop, at) {
    const colour = stop.value >= 0 ? ink("sea") : shade(ink("paper"), ink("sea"), 0.4);
    return {
      type: "line", symbol: "none", lineStyle: { color: colour, width: 12, cap: "butt" }, z: 3,
      data: [[stop.from, at + 1], [stop.to, at + 1]],
      tooltip: { formatter: function () { return stop.label + ": " + signed(stop.value); } },
    };
  }

  /* Lines over a number, each named at its end. */
  function curves(data, narrow) {
    const colours = ["sea", "amber", "lead", "moss", "muted"];
    const name = function (words, gap) { return { name: words, nameLocation: "middle", nameGap: gap, nameTextStyle: text(11, ink("muted")) }; };
    return Object.assign(base(), {
      grid: { left: 4, right: narrow ? 16 : 150, top: 24, bottom: 26, containLabel: true },
      xAxis: valueAxis(data.x_unit, Object.assign({ scale: true }, name(data.x_name, 26))),
      yAxis: valueAxis(data.y_unit, { type: data.log_y ? "log" : "value", scale: true, name: data.y_name, nameTextStyle: Object.assign(text(11, ink("muted")), { align: "left" }) }),
      series: data.series.map(function (one, at) {
        const points = data.log_y ? one.points.filter(function (p) { return p[1] > 0; }) : one.points;
        const colour = ink(colours[at % colours.length]);
        const end = String(one.points[one.points.length - 1]);
        const before = data.series.slice(0, at).filter(function (other) { return String(other.points[other.points.length - 1]) === end; });
        return {
          type: "line", symbol: "circle", symbolSize: points.length > 60 ? 1 : 4, showSymbol: true, data: points,
          lineStyle: { color: colour, width: 1.8, type: at ? "dashed" : "solid" }, itemStyle: { color: colour },
          endLabel: Object.assign(text(11, colour), { show: !narrow, formatter: one.label, distance: 6, offset: [0, 14 * before.length], width: 140, overflow: "truncate" }),
          tooltip: { formatter: function (item) { return one.label + ": " + written(item.data[0], data.x_unit) + ", " + written(item.data[1], data.y_unit); } },
        };
      }),
    });
  }

  function histogram(data) {
    const names = data.counts.map(function (_, at) { return shortly(data.edges[at], data.unit) + " to " + shortly(data.edges[at + 1], data.unit); });
    return Object.assign(base(), {
      grid: { left: 4, right: 16, top: 14, bottom: 28, containLabel: true },
      xAxis: namedAxis(names, { name: data.x_name, nameLocation: "middle", nameGap: 30, nameTextStyle: text(11, ink("muted")), axisLabel: Object.assign(text(11, ink("muted")), { hideOverlap: true }) }),
      yAxis: valueAxis("", { minInterval: 1 }),
      series: [{ type: "bar", barCategoryGap: "4%", itemStyle: { color: ink("sea") }, data: data.counts,
        tooltip: { formatter: function (item) { return item.name + ": " + tidy(item.value); } } }],
    });
  }

  const kinds = {
    curves: curves, histogram: histogram,
    intervals: intervals, reliability: reliability, trend: trend, waterfall: waterfall, beeswarm: beeswarm, explanation: explanation,
  };

  function chartHeight(data, narrow) {
    if (data.kind === "intervals") return 44 + data.rows.length * (narrow ? 46 : 34);
    if (data.kind === "waterfall") return 30 + data.steps.length * 30;
    if (data.kind === "beeswarm") return 50 + data.rows.length * (narrow ? 52 : 36);
    if (data.kind === "explanation") return 46 + (data.steps.length + 2) * (narrow ? 42 : 38);
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
    const narrow = place.clientWidth < 520;
    place.style.height = chartHeight(data, narrow) + "px";
    chart = window.echarts.init(place, null, { renderer: "svg" });
    chart.setOption(kinds[data.kind](data, narrow, place.clientWidth));
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
      return [problem.detail, problem.limit ? "Limit: " + problem.limit : "", problem.remedy || ""].filter(Boolean).join("\n");
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
    const bare = form.hasAttribute("data-plain"); // a model: the address says all, the bytes say what it is
    if (!bare && !query.get("name")) query.set("name", file.name);
    const kind = bare ? { type: "application/octet-stream" } : fileType(file.name);
    const request = new XMLHttpRequest();
    const started = Date.now();
    request.open("POST", form.getAttribute("data-upload") + (bare ? "" : "?" + query.toString()));
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
