// Hypervisors that hosts of this cloud can run.
import { fail } from '#api/errors.ts';

export const hypervisors = ['KVM', 'Simulator'] as const;
export type Hypervisor = (typeof hypervisors)[number];

export const hypervisorNamed = (text: string): Hypervisor =>
  hypervisors.find((name) => name.toLowerCase() === text.toLowerCase()) ??
  fail('unsupported', `hypervisor is '${text.slice(0, 40)}'; hosts of this cloud run: ${hypervisors.join(', ')}`, {
    parameter: 'hypervisor',
  });
