// Charts only: every page works without this file. Vega expressions are interpreted (ast), so no script is evaluated.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const probe = document.createElement("span");
    document.body.append(probe);
    const read = (name) => {
      probe.style.color = style.getPropertyValue(name);
      return getComputedStyle(probe).color;
    };
    const found = { ink: read("--ink"), faint: read("--ink-2"), line: read("--line"), sea: read("--sea"), amber: read("--amber"), sunken: read("--sunken") };
    probe.remove();
    return found;
  }

  function config() {
    const c = colours();
    return {
      background: "transparent",
      font: getComputedStyle(document.body).fontFamily,
      view: { stroke: null },
      axis: { labelColor: c.ink, titleColor: c.faint, gridColor: c.line, domainColor: c.line, tickColor: c.line, titleFontWeight: 500 },
      legend: { labelColor: c.ink, titleColor: c.faint, titleFontWeight: 500 },
      text: { color: c.ink },
    };
  }

  async function draw(figure) {
    const spec = JSON.parse(document.getElementById(figure.dataset.spec).textContent);
    const c = colours();
    const named = JSON.parse(JSON.stringify(spec).replace(/"var\(--([a-z0-9-]+)\)"/g, (_, name) => JSON.stringify(c[name.replace("ink-2", "faint")] || c.ink)));
    const target = figure.querySelector("[data-draw]");
    try {
      const result = await vegaEmbed(target, named, { ast: true, actions: false, defaultStyle: false, tooltip: false, renderer: "svg", config: config() });
      figure.view?.finalize();
      figure.view = result.view;
      const svg = target.querySelector("svg");
      if (svg) { svg.setAttribute("role", "img"); svg.setAttribute("aria-label", figure.dataset.label || ""); }
      target.querySelectorAll("[aria-roledescription]").forEach((node) => { node.removeAttribute("aria-roledescription"); node.removeAttribute("aria-label"); node.removeAttribute("role"); });
      if (svg) { svg.setAttribute("role", "img"); svg.setAttribute("aria-label", figure.dataset.label || ""); }
      result.view.addEventListener("click", (event, item) => {
        const href = item?.datum?.href;
        if (href) location.assign(href);
      });
      figure.dataset.drawn = "yes";
    } catch (error) {
      figure.dataset.drawn = "failed";
      console.error("chart", error);
    }
  }

  function drawAll() {
    if (window.vegaEmbed) document.querySelectorAll("figure[data-spec]").forEach(draw);
  }

  addEventListener("DOMContentLoaded", drawAll);
  dark.addEventListener("change", drawAll);
  addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
  addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-hide-with-script]").forEach((node) => node.classList.add("with-script"));
  });
})();
