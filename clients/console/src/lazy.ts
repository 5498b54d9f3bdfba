// Loading a screen's chunk, a second and a third time when the line broke meanwhile.

const PAUSES_MS = [200, 1000];

/** Throws what the last try threw. */
export async function loaded<T>(load: () => Promise<T>): Promise<T> {
  for (const ms of PAUSES_MS) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }
  return load();
}
