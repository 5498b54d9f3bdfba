// How a domain's path looks in answers.

/** `/a/b/` → `ROOT/a/b`. What is in no domain has no path. */
export function shownPath(path: string): string;
export function shownPath(path: string | null | undefined): string | undefined;
export function shownPath(path: string | null | undefined): string | undefined {
  return path === null || path === undefined ? undefined : `ROOT${path}`.replace(/\/$/, '');
}
