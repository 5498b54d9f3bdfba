// Every workflow a server can run: the literal list the engine is given.
import { recorded } from '#cloud/recorded.ts';
import type { Workflow } from '#kernel/job.ts';

export const workflows: Iterable<Workflow<never, unknown, never>> = [recorded];
