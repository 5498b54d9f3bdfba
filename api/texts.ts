// Shapes of text that several commands accept: what matches, and how a refusal says so.

/** One label of a DNS name: what an instance can be called. */
export const dnsLabel = {
  maxLength: 63,
  pattern: /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/i,
  accepted: 'at most 63 letters, digits and hyphens, beginning with a letter and not ending with a hyphen',
} as const;

export const uuidText = {
  pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  accepted: 'a UUID',
} as const;

/** Processor architectures under the names CloudStack uses. */
export const architectures = ['x86_64', 'i686', 'aarch64', 's390x'] as const;
