// Tells how far a long call is, at most four times a second. Percentages only grow.

export type Progress = (percent: number, text: string) => void;

const EVERY_MS = 250;

export function throttled(progress: Progress, now: () => number = () => performance.now()): Progress {
  let toldAt = -EVERY_MS;
  let highest = 0;
  return (percent, text) => {
    highest = Math.max(highest, Math.min(100, percent));
    if (highest < 100 && now() - toldAt < EVERY_MS) return;
    toldAt = now();
    progress(Math.round(highest * 10) / 10, text);
  };
}
