// Every workflow a server can run: the literal list the engine is given.
import type { Workflow } from '#kernel/job.ts';

export const workflows: Iterable<Workflow<never, unknown, never>> = [];
