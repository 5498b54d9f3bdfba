// Preloaded into a server whose machine shall be suspended for an hour: from SIGUSR2 on it is an hour later. Running time
// (timers, performance.now) stands still while a machine sleeps, and does so here.
const HOUR_MS = 3_600_000;
const RightDate = Date;
let sleptMs = 0;
process.on('SIGUSR2', () => {
  sleptMs += HOUR_MS;
});
globalThis.Date = class Date extends RightDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RightDate.now() + sleptMs] : given));
  }
  static now() {
    return RightDate.now() + sleptMs;
  }
};
