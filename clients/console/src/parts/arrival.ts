// Arriving at a screen: the document takes its title, the heading takes the focus, and the title is spoken.
// The first screen after a load keeps the focus where the browser puts it, so that Tab begins at the top of the page.
import { useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { RefObject } from 'react';
import { cell } from '../cell.ts';
import { t } from '../words/t.ts';

/** What is to be spoken. */
export const spoken = cell('');
let lastPath: string | undefined;

export function useArrival(heading: RefObject<HTMLElement | null>, title: string): void {
  const path = useLocation({ select: ({ pathname }) => pathname });
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
    spoken.set(title);
  }, [title]);
  useEffect(() => {
    const moved = lastPath !== undefined && path !== lastPath;
    const lost = lastPath !== undefined && document.activeElement === document.body;
    lastPath = path;
    if ((moved || lost) && !isBusyTyping()) heading.current?.focus({ preventScroll: true });
  }, [path, heading]);
}

const isBusyTyping = (): boolean => document.activeElement?.matches('input, textarea, [role=dialog] *') ?? false;
