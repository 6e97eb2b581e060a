// Charts and sliders: every page works without this file. Vega expressions are interpreted (ast), so no script is evaluated.
(() => {
  // htmx would write its indicator's rules into the page, which the content policy forbids.
  if (window.htmx) htmx.config.includeIndicatorStyles = false;

  const dark = matchMedia("(prefers-color-scheme: dark)");

  function colours() {
    const probe = document.createElement("span");
    document.body.append(probe);
    const kept = {};
    const read = (name) => {
      if (!(name in kept)) {
        probe.style.color = `var(--${name})`;
        kept[name] = getComputedStyle(probe).color;
      }
      return kept[name];
    };
    return { read, done: () => probe.remove() };
  }

  function config(read) {
    return {
      background: "transparent",
      font: getComputedStyle(document.body).fontFamily,
      view: { stroke: null },
      axis: { labelColor: read("ink"), titleColor: read("ink-2"), gridColor: read("line"), domainColor: read("line"), tickColor: read("line"), titleFontWeight: 500, labelFontSize: 12, titleFontSize: 12 },
      legend: { labelColor: read("ink"), titleColor: read("ink-2"), titleFontWeight: 500, labelFontSize: 12, titleFontSize: 12 },
      text: { color: read("ink") },
    };
  }

  // A specification may say how high it is for its width (aspect), how wide at most and how high at least.
  function fitted(spec, width) {
    const wish = spec.usermeta || {};
    if (!wish.aspect) return spec;
    spec.width = Math.max(240, Math.min(width, wish.most || width));
    spec.height = Math.max(wish.least || 0, Math.round(spec.width * wish.aspect));
    return spec;
  }

  function name(svg, label) {
    svg.querySelectorAll("[aria-roledescription], [aria-label], [role]").forEach((node) => {
      ["aria-roledescription", "aria-label", "role"].forEach((attribute) => node.removeAttribute(attribute));
    });
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  }

  async function draw(figure) {
    const target = figure.querySelector("[data-draw]");
    const { read, done } = colours();
    const text = document.getElementById(figure.dataset.spec).textContent;
    const spec = JSON.parse(text.replace(/"var\(--([a-z0-9-]+)\)"/g, (_, token) => JSON.stringify(read(token))));
    const settings = config(read);
    done();
    figure.drawnAt = target.clientWidth;
    try {
      const result = await vegaEmbed(target, fitted(spec, target.clientWidth), { ast: true, actions: false, defaultStyle: false, tooltip: false, renderer: "svg", config: settings });
      figure.view?.finalize();
      figure.view = result.view;
      const svg = target.querySelector("svg");
      if (svg) name(svg, figure.dataset.label || "");
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

  // A slider beside a number: the number is what the form sends, and what a reader without a script has.
  function slide(number) {
    const slider = document.createElement("input");
    slider.type = "range";
    Object.assign(slider, { min: number.min, max: number.max, step: "0.1", value: number.value });
    slider.setAttribute("aria-label", number.dataset.slider);
    slider.addEventListener("input", () => (number.value = slider.value));
    number.addEventListener("input", () => (slider.value = number.value));
    number.after(slider);
  }

  function drawAll() {
    if (window.vegaEmbed) document.querySelectorAll("figure[data-spec]").forEach(draw);
  }

  let waiting = 0;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      document.querySelectorAll("figure[data-drawn]").forEach((figure) => {
        if (figure.drawnAt !== figure.querySelector("[data-draw]").clientWidth) draw(figure);
      });
    }, 200);
  });
  addEventListener("DOMContentLoaded", drawAll);
  dark.addEventListener("change", drawAll);
  addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
  addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("input[data-slider]").forEach(slide);
    document.querySelectorAll("[data-hide-with-script]").forEach((node) => node.classList.add("with-script"));
  });
})();
