// The system's own user, account and domain: who acts when nobody asked.
export const SYSTEM = { userId: 1, accountId: 1, domainId: 1 } as const;
