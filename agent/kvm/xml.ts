// XML as a quoting template: whatever is put into it is escaped unless it was made by the template itself.
// Invariant: text from outside can end up as text or as an attribute's value, never as markup.

export class Xml {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Control characters, lone surrogates and the two non-characters cannot be written in XML at all: a replacement character stands for each. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

type Piece = Xml | Xml[] | string | number | null;

/** `null` leaves its place empty; lists of Xml are joined by line breaks. */
export function xml(literals: TemplateStringsArray, ...pieces: Piece[]): Xml {
  const rendered = pieces.map((piece) => {
    if (piece === null) return '';
    if (Array.isArray(piece)) return piece.map(String).join('\n');
    return piece instanceof Xml ? piece.text : escapeXml(String(piece));
  });
  const text = literals.map((literal, i) => literal + (rendered[i] ?? '')).join('');
  // A place that stayed empty leaves no blank line behind.
  return new Xml(
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .join('\n'),
  );
}
