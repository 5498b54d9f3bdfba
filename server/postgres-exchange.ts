// Puts a new data folder in the place of the old one, which is kept under another name: what an upgrade of the database ends with.
// It is several renames, and the process may die between any two. Invariant: what is to be done is written down before the
// first of them and taken away after the last, so that the next start finds it and finishes it; the data folder is at its place
// or its place is empty, never half of each.
import * as fs from 'node:fs';

export interface Exchange {
  /** Where the server looks. */
  embedded: string;
  /** What goes there, complete. */
  next: string;
  /** Where the old one goes. */
  kept: string;
}

const noteOf = (embedded: string): string => `${embedded}.exchange.json`;

export function exchange(wish: Exchange): void {
  const note = noteOf(wish.embedded);
  fs.writeFileSync(`${note}.new`, JSON.stringify(wish), { mode: 0o600 });
  fs.renameSync(`${note}.new`, note);
  finishExchange(wish.embedded);
}

/** Goes on where a process died; nothing where none is under way. True: there was one. */
export function finishExchange(embedded: string): boolean {
  const wish = read(embedded);
  if (!wish) return false;
  // The new folder is there until its own rename, which is the last: as long as it is, the old one has yet to go or has gone.
  if (fs.existsSync(wish.next)) {
    if (!fs.existsSync(wish.kept)) rename(wish.embedded, wish.kept);
    besides(wish.embedded, wish.kept);
    besides(wish.next, wish.embedded);
    if (!fs.existsSync(wish.embedded)) fs.renameSync(wish.next, wish.embedded);
  }
  fs.rmSync(noteOf(embedded));
  return true;
}

function read(embedded: string): Exchange | undefined {
  try {
    return JSON.parse(fs.readFileSync(noteOf(embedded), 'utf8')) as Exchange;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

function rename(from: string, to: string): void {
  if (fs.existsSync(from)) fs.renameSync(from, to);
}

/** What lies beside a data folder goes with it. */
function besides(from: string, to: string): void {
  fs.rmSync(`${from}.lib`, { recursive: true, force: true }); // links, made anew at each start
  for (const ending of ['.secrets.json', '.log'])
    if (fs.existsSync(from + ending) && !fs.existsSync(to + ending)) fs.renameSync(from + ending, to + ending);
}
