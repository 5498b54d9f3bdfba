// listAlerts, listAlertTypes, generateAlert, archiveAlerts, deleteAlerts.
import { archiveAlerts, deleteAlerts, generateAlert, listAlerts, listAlertTypes } from '#api/job/alert.ts';
import { alertTypes } from '#api/kinds.ts';
import { fail } from '#api/errors.ts';
import { done, implement, type Cx } from '../context.ts';
import { checkChoice } from '../event/remove.ts';
import { recorded } from '../recorded.ts';
import { archiveChosen, deleteChosen, findAlerts, type Chosen } from './alert.store.ts';
import { recordAlert } from './alert.ts';

interface Kind {
  name: string;
  type: number;
  again: boolean;
}
const kinds: Kind[] = Object.entries(alertTypes).map(([name, kind]) => ({
  name,
  type: kind.type,
  again: 'again' in kind,
}));

/** Numbers of a kind given by number or name. */
function typesOf(text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text.trim())) return [Number(text)];
  const found = kinds.filter(({ name }) => name.toLowerCase() === text.trim().toLowerCase());
  return found.length > 0
    ? found.map(({ type }) => type)
    : fail('invalidParameter', `type is '${text.slice(0, 60)}'; a number or a name of listAlertTypes is accepted`, {
        parameter: 'type',
      });
}

export const list = implement(listAlerts, async (cx, params) => {
  const { rows, count } = await findAlerts(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    types: typesOf(params.type),
  });
  return {
    items: rows.map((row) => ({
      id: row.uuid,
      name: row.name,
      type: row.type,
      description: row.subject,
      sent: row.lastSent,
    })),
    count,
  };
});

export const listTypes = implement(listAlertTypes, async (cx) => {
  const allowed = cx.settings.list('alert.allowed.repetitive.types');
  return {
    items: kinds.map(({ name, type, again }) => ({
      name,
      alerttypeid: type,
      repetitionallowed: again || allowed.includes(name),
    })),
    count: kinds.length,
  };
});

export const generate = implement(generateAlert, async (cx, params) => {
  if (params.type < 0 || params.type > 32_767)
    fail('invalidParameter', `type is ${params.type}; 0 to 32767 is accepted`, { parameter: 'type' });
  await recordAlert(cx.tx, {
    type: params.type,
    name: params.name,
    again: true,
    subject: params.description,
    content: params.description,
    place: { zoneId: params.zoneId, podId: params.podId },
  });
  return cx.enqueue(recorded, { id: params.type }, { lanes: [] });
});

const choose = (params: { ids?: readonly number[]; type?: string; startDate?: Date; endDate?: Date }): Chosen => {
  checkChoice(params);
  return { ids: params.ids, types: typesOf(params.type), from: params.startDate, to: params.endDate };
};

export const archive = implement(archiveAlerts, async ({ tx }: Cx, params) => {
  await archiveChosen(tx, choose(params));
  return done;
});
export const remove = implement(deleteAlerts, async ({ tx }: Cx, params) => {
  await deleteChosen(tx, choose(params));
  return done;
});
