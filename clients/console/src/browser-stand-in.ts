// For unit tests only: the few things of a browser that modules touch when they are loaded.
const store = (): Storage => {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
    key: (index) => [...kept.keys()][index] ?? null,
    get length() {
      return kept.size;
    },
  };
};

Object.assign(globalThis, { localStorage: store(), sessionStorage: store(), BroadcastChannel: undefined });
