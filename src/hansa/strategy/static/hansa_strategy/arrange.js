// Dragging regional priorities between common sets; ticking and the buttons do the same without this file.
(() => {
  const form = document.querySelector("form[data-arrange]");
  if (!form) return;
  const reason = form.querySelector("[name=reason]");
  const say = form.querySelector("[data-said]");
  let dragged = null;

  form.querySelectorAll("[data-member]").forEach((card) => {
    card.draggable = true;
    card.addEventListener("dragstart", (event) => {
      dragged = card;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", card.dataset.member);
      card.classList.add("dragged");
    });
    card.addEventListener("dragend", () => card.classList.remove("dragged"));
  });

  form.querySelectorAll("[data-set]").forEach((place) => {
    place.addEventListener("dragover", (event) => {
      if (!dragged || place.contains(dragged)) return;
      event.preventDefault();
      place.classList.add("over");
    });
    place.addEventListener("dragleave", () => place.classList.remove("over"));
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      place.classList.remove("over");
      if (!dragged || place.contains(dragged)) return;
      form.querySelectorAll("[name=member], [name=set]").forEach((box) => { box.checked = false; });
      dragged.querySelector("[name=member]").checked = true;
      const fresh = place.dataset.set === "new";
      if (!fresh) form.querySelector("[name=target]").value = place.dataset.set;
      const button = form.querySelector(`button[name=act][value=${fresh ? "split" : "move"}]`);
      if (reason.value.trim()) {
        form.requestSubmit(button);
      } else {
        say.textContent = say.dataset.said;
        reason.focus();
      }
    });
  });
})();
