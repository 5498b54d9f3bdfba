// Internal ids as numbers that carry the kind of thing they name, so that a volume's id cannot be passed for a guest's.
// They never leave the server: on the wire everything is a UUID.

declare const kind: unique symbol;

/** The internal number of a row of kind `K`. Fits a JavaScript number: 2^53 rows of one kind are out of reach. */
export type Id<K extends string> = number & { readonly [kind]: K };

/** Says that a number read from the database is an id of this kind. */
export const asId = <K extends string>(value: number): Id<K> => value as Id<K>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => UUID.test(text);
