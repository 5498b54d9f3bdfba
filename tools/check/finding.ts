// One finding of the check, whichever tool made it, and how it is printed.

export type Finding = { file: string; line: number; rule: string; text: string };

export const printed = ({ file, line, rule, text }: Finding): string =>
  `${file}:${line} ${rule} ${text.replaceAll('\n', ' ')}`;

export function byPlace(a: Finding, b: Finding): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
