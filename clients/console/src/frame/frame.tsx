// The frame around every screen behind the login: navigation, header, notices, the job drawer, the palette.
// Invariant: whoever has no session is sent to the login, and comes back to the same address.
import { Outlet, useLocation, useNavigate, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { JSX } from 'react';
import { useCell } from '../cell.ts';
import { cache } from '../api/queries.ts';
import { ended, session } from '../api/session.ts';
import { asked } from '../instances/perform.ts';
import { startStream } from '../live/stream.ts';
import { JobWatch } from '../jobs/watch.tsx';
import { loaded } from '../lazy.ts';
import { spoken } from '../parts/arrival.ts';
import { readWithJob } from '../search.ts';
import { t } from '../words/t.ts';
import { Banner } from './banner.tsx';
import { Header } from './header.tsx';
import { Navigation } from './navigation.tsx';
import { paletteOpen, useShortcut } from './shortcut.ts';
import { Toasts } from './toasts.tsx';
import classes from './frame.module.css';

const JobDrawer = lazy(async () => ({ default: (await loaded(() => import('../jobs/drawer.tsx'))).JobDrawer }));
const ActionDialog = lazy(async () => ({
  default: (await loaded(() => import('../instances/dialogs.tsx'))).ActionDialog,
}));
const Palette = lazy(async () => ({ default: (await loaded(() => import('./palette.tsx'))).Palette }));

export function Frame(): JSX.Element | null {
  const inside = useCell(session);
  const [menu, setMenu] = useState(false);
  const palette = useCell(paletteOpen);
  const question = useCell(asked);
  const { job } = readWithJob(useLocation({ select: ({ search }) => search }));
  useReturnToLogin(inside === undefined);
  useEffect(startStream, []);
  useShortcut();
  if (!inside) return null;
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#content" onClick={skipToContent}>
        {t('app.skip')}
      </a>
      <Header menu={menu} onMenu={() => setMenu((open) => !open)} />
      <Navigation open={menu} onClose={() => setMenu(false)} />
      <div className={classes.body}>
        <Banner />
        <main id="content" className={classes.main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Suspense>
        {job !== undefined && <JobDrawer shown={job} />}
        {palette && <Palette />}
        {question && <ActionDialog />}
      </Suspense>
      <JobWatch />
      <Toasts beside={job !== undefined} />
      <Announcer />
    </div>
  );
}

function skipToContent(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

function useReturnToLogin(outside: boolean): void {
  const navigate = useNavigate();
  const {
    state: { location },
  } = useRouter();
  useEffect(() => {
    if (!outside) return;
    cache.clear();
    const left = ended.get() === 'loggedOut'; // who comes next may be somebody else
    void navigate({ to: '/login', search: left ? {} : { to: location.href }, replace: true });
    // Only the loss of the session matters here, not later moves.
  }, [outside]);
}

/** Says the title of the page when it changes. */
function Announcer(): JSX.Element {
  return (
    <div className="hidden" aria-live="polite" role="status">
      {useCell(spoken)}
    </div>
  );
}
