// declareHostAsDegraded and cancelHostAsDegraded. An operator gives up a host that is not heard of: patience ends, it is fenced as
// soon as that can be certain (hosts.ha). It does not make anything certain by itself: instances are started elsewhere only then.
import { cancelHostAsDegraded, declareHostAsDegraded } from '#api/infra/host-ha.ts';
import { fail } from '#api/errors.ts';
import { implement, type ResultCx } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { lockHost, moveResource } from './host.store.ts';
import { showHosts } from './show.ts';

const AWAY: readonly string[] = ['Alert', 'Disconnected', 'Down'];
const show = async (cx: ResultCx, { id }: Recorded) => (await showHosts(cx, [id]))[0]!;

export const declare = implement(
  declareHostAsDegraded,
  async (cx, { id }) => {
    const host = await lockHost(cx.tx, id);
    if (!AWAY.includes(host.status))
      fail(
        'invalidParameter',
        `id: host ${host.name} is ${host.status}; a host can be given up that is ${AWAY.join(', ')}. To empty one that answers, prepare it for maintenance`,
        { parameter: 'id' },
      );
    await moveResource(cx.tx, id, 'DeclareHostDegraded');
    cx.tx.afterCommit(() => cx.world.poke('hosts.ha'));
    return cx.enqueue(recorded, { id }, { lanes: [`host:${id}`], about: host.uuid });
  },
  show,
);

export const cancel = implement(
  cancelHostAsDegraded,
  async (cx, { id }) => {
    const host = await lockHost(cx.tx, id);
    await moveResource(cx.tx, id, 'EnableDegradedHost');
    return cx.enqueue(recorded, { id }, { lanes: [`host:${id}`], about: host.uuid });
  },
  show,
);
