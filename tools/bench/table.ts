// Tables of the benches: in colours on a terminal only, so that a file or a pipe gets plain text.
import Table from 'cli-table3';

/** For `stdout`, unless said otherwise. */
export const newTable = (head: string[], terminal = process.stdout.isTTY): Table.Table =>
  new Table({ head, ...(terminal ? {} : { style: { head: [], border: [] } }) });
