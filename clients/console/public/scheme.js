// Sets the colour scheme before the first paint, so that nobody in a dark room is shown a white page.
// A file of its own because the content security policy allows no inline scripts. The console keeps the same key.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('nephos.scheme');
  } catch {
    // Storage may be switched off: the system's preference stands.
  }
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
