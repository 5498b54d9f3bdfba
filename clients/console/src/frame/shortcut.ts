// The one keyboard shortcut that works everywhere: Ctrl or ⌘ and K opens the palette.
import { useEffect } from 'react';
import { cell } from '../cell.ts';

export const paletteOpen = cell(false);
const apple = /Mac|iPhone|iPad/.test(navigator.platform);
export const shortcut = apple ? '⌘K' : 'Ctrl K';

export function useShortcut(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(apple ? event.metaKey : event.ctrlKey) || event.altKey || event.shiftKey)
        return;
      if (document.activeElement?.closest('[data-takes-keys]')) return; // a guest's screen gets every key
      event.preventDefault();
      paletteOpen.set(!paletteOpen.get());
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
}
