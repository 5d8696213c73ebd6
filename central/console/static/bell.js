// A bell for those who want one: a switch on the page, kept by the browser.
(() => {
  "use strict";
  const bell = document.querySelector(".sound input");
  const name = `sound-${bell.name}`;
  let audio = null;
  function ring() {
    if (!bell.checked) return;
    audio = audio || new AudioContext();
    const tone = audio.createOscillator(), loud = audio.createGain();
    tone.frequency.value = 880;
    loud.gain.setValueAtTime(0.15, audio.currentTime);
    loud.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
    tone.connect(loud).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.4);
  }
  bell.checked = localStorage.getItem(name) === "on";
  bell.addEventListener("change", () => {
    localStorage.setItem(name, bell.checked ? "on" : "off");
    ring();
  });
  // browsers let no page sound before somebody has touched it
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => audio?.resume(), { once: true });
  addEventListener(bell.dataset.rings, ring);
})();
