// Text as key strokes on a US keyboard: what is typed into a guest that has no clipboard. Pure.

export interface Stroke {
  /** X11 keysym. */
  readonly keysym: number;
  /** The key on the board, for servers that take scan codes; null where the board has none. */
  readonly code: string | null;
  readonly shift: boolean;
}

const PLAIN = "`1234567890-=[]\\;',./ ";
const SHIFTED = '~!@#$%^&*()_+{}|:"<>?';
const CODES = [
  'Backquote',
  'Digit1',
  'Digit2',
  'Digit3',
  'Digit4',
  'Digit5',
  'Digit6',
  'Digit7',
  'Digit8',
  'Digit9',
  'Digit0',
  'Minus',
  'Equal',
  'BracketLeft',
  'BracketRight',
  'Backslash',
  'Semicolon',
  'Quote',
  'Comma',
  'Period',
  'Slash',
  'Space',
];

const RETURN = 0xff0d;
const TAB = 0xff09;
export const SHIFT = 0xffe1;
/** Keysyms of characters beyond Latin 1 are their code point with this bit. */
const UNICODE = 0x01000000;

export function strokeOf(character: string): Stroke {
  const point = character.codePointAt(0) ?? 0;
  if (character === '\n') return { keysym: RETURN, code: 'Enter', shift: false };
  if (character === '\t') return { keysym: TAB, code: 'Tab', shift: false };
  if (/^[a-z]$/i.test(character))
    return { keysym: point, code: `Key${character.toUpperCase()}`, shift: character !== character.toLowerCase() };
  const plain = PLAIN.indexOf(character);
  if (plain >= 0) return { keysym: point, code: CODES[plain] ?? null, shift: false };
  const shifted = SHIFTED.indexOf(character);
  if (shifted >= 0) return { keysym: point, code: CODES[shifted] ?? null, shift: true };
  return { keysym: point >= 0xa0 && point <= 0xff ? point : UNICODE | point, code: null, shift: false };
}

/** Line ends of all systems are one stroke; other control characters none. */
export const strokesOf = (text: string): readonly Stroke[] =>
  [...text.replace(/\r\n?/g, '\n')]
    .filter((character) => character === '\n' || character === '\t' || (character >= ' ' && character !== '\u007f'))
    .map(strokeOf);

/** How many characters are on no key of that board. */
export const oddOnes = (text: string): number => strokesOf(text).filter(({ code }) => code === null).length;
