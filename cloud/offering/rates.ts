// Limits of disk traffic as service and disk offerings carry them. A rate is a column; its burst (how much more, how long) is
// kept under the name it has on the wire.
import { fail } from '#api/errors.ts';

const rateNames = ['bytesReadRate', 'bytesWriteRate', 'iopsReadRate', 'iopsWriteRate'] as const;
type RateName = (typeof rateNames)[number];
type BurstName = `${RateName}Max` | `${RateName}MaxLength`;
export type RateParams = Partial<Record<RateName | BurstName, number>>;
export type Bursts = Partial<Record<BurstName, number>>;

/** Columns of the given rates; undefined ones are left as they are. */
export const rateColumns = (params: RateParams) => ({
  bytes_read: params.bytesReadRate,
  bytes_write: params.bytesWriteRate,
  iops_read: params.iopsReadRate,
  iops_write: params.iopsWriteRate,
});

export function readBursts(params: RateParams): Bursts {
  const found: Bursts = {};
  for (const name of rateNames) {
    for (const key of [`${name}Max`, `${name}MaxLength`] as const)
      if (params[key] !== undefined) found[key] = params[key];
  }
  return found;
}

export function checkRates(params: RateParams): void {
  for (const [name, value] of Object.entries({ ...rateColumns(params), ...readBursts(params) })) {
    if (value !== undefined && value < 0)
      fail('invalidParameter', `${name.toLowerCase()} is ${value}; 0 or more is accepted`, {
        parameter: name.toLowerCase(),
      });
  }
  for (const name of rateNames) {
    const [rate, max, length] = [params[name], params[`${name}Max`], params[`${name}MaxLength`]];
    const parameter = `${name}Max`.toLowerCase();
    if (rate !== undefined && max !== undefined && max < rate)
      fail('invalidParameter', `${parameter} is ${max}; at least ${name.toLowerCase()} (${rate}) is accepted`, {
        parameter,
      });
    if (length !== undefined && max === undefined)
      fail('invalidParameter', `${parameter}length is given without ${parameter}; both are needed`, { parameter });
  }
}

export interface RateRow {
  bytesRead: number | null;
  bytesWrite: number | null;
  iopsRead: number | null;
  iopsWrite: number | null;
  bursts: Bursts;
}

/** Fields of an answer: only rates that limit. */
export const ratesView = (row: RateRow) => ({
  diskBytesReadRate: row.bytesRead || null,
  diskBytesWriteRate: row.bytesWrite || null,
  diskIopsReadRate: row.iopsRead || null,
  diskIopsWriteRate: row.iopsWrite || null,
  diskBytesReadRateMax: row.bursts.bytesReadRateMax,
  diskBytesReadRateMaxLength: row.bursts.bytesReadRateMaxLength,
  diskBytesWriteRateMax: row.bursts.bytesWriteRateMax,
  diskBytesWriteRateMaxLength: row.bursts.bytesWriteRateMaxLength,
  diskIopsReadRateMax: row.bursts.iopsReadRateMax,
  diskIopsReadRateMaxLength: row.bursts.iopsReadRateMaxLength,
  diskIopsWriteRateMax: row.bursts.iopsWriteRateMax,
  diskIopsWriteRateMaxLength: row.bursts.iopsWriteRateMaxLength,
});

interface IopsParams {
  customizedIops?: boolean;
  minIops?: number;
  maxIops?: number;
}

/** Guaranteed and most IOPS: both or none, and none where whoever uses the offering says. */
export function checkIops({ customizedIops = false, minIops, maxIops }: IopsParams): void {
  if (customizedIops && (minIops !== undefined || maxIops !== undefined))
    fail('invalidParameter', 'miniops and maxiops are said by the user with customizediops; leave them out', {
      parameter: 'customizediops',
    });
  if ((minIops === undefined) !== (maxIops === undefined))
    fail('invalidParameter', 'miniops and maxiops are given both or not at all', {
      parameter: minIops === undefined ? 'miniops' : 'maxiops',
    });
  if (minIops !== undefined && (minIops < 0 || minIops > maxIops!))
    fail('invalidParameter', `miniops is ${minIops}; 0 to maxiops (${maxIops}) is accepted`, { parameter: 'miniops' });
}
