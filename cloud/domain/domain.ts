// Domains as other nouns see them, and how one looks in an answer.
import type { Shape } from '#api/define.ts';
import type { domainResponse } from '#api/identity/owner-responses.ts';
import { fail } from '#api/errors.ts';
import type { ResultCx } from '../context.ts';
import { limitFields } from '../limit/owner-view.ts';
import { domainsByIds, type DomainRow } from './domain.store.ts';
import { shownPath } from './shown-path.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
/** A name like `cs1cloud.internal`, under which guests of a domain's or account's networks are known. */
export function checkNetworkDomain(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const labels = text.split('.');
  if (text.length > 190 || labels.length === 0 || !labels.every((label) => LABEL.test(label)))
    fail(
      'invalidParameter',
      `networkdomain is '${text.slice(0, 60)}'; labels of letters, digits and hyphens parted by dots are accepted, at most 190 characters in all`,
      { parameter: 'networkdomain' },
    );
  return text;
}

export async function showDomains(
  cx: Pick<ResultCx, 'tx' | 'settings'>,
  rows: readonly DomainRow[],
  details?: readonly string[],
): Promise<Shape<typeof domainResponse>[]> {
  const wanted = details === undefined || details.some((one) => ['all', 'resource'].includes(one.toLowerCase()));
  const limits = wanted
    ? await limitFields(cx.tx, cx.settings, {
        ownerType: 'd',
        owners: rows.map((row) => ({ id: row.id, domainId: row.id, unlimited: row.level === 0 })),
      })
    : undefined;
  return rows.map((row) => ({
    id: row.uuid,
    name: row.name,
    level: row.level,
    path: shownPath(row.path),
    parentdomainid: row.parentUuid,
    parentdomainname: row.parentName,
    haschild: row.hasChild,
    networkdomain: row.networkDomain,
    state: row.state,
    created: row.created,
    hasannotations: row.annotated,
    tags: row.tags,
    ...(Object.keys(row.details).length > 0 ? { domaindetails: row.details } : {}),
    ...limits?.get(row.id),
  }));
}

export const showDomain = async (
  cx: Pick<ResultCx, 'tx' | 'settings'>,
  id: number,
): Promise<Shape<typeof domainResponse>> => (await showDomains(cx, await domainsByIds(cx.tx, [id])))[0]!;
