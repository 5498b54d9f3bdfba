// The addresses of the console. Each screen is a chunk of its own; a filter, a page, an open job is part of the address.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { adopt, session } from './api/session.ts';
import {
  readDeploySearch,
  readInstancesSearch,
  readListSearch,
  readLoginSearch,
  readRunSearch,
  readScreenSearch,
  readWithJob,
} from './search.ts';
import { loaded } from './lazy.ts';
import { Broken, Missing, Waiting } from './frame/fallbacks.tsx';

const root = createRootRoute({ notFoundComponent: Missing, errorComponent: Broken, validateSearch: readWithJob });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: readLoginSearch,
  component: lazyRouteComponent(() => loaded(() => import('./login/login.tsx')), 'LoginScreen'),
});

/** Everything behind the login. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ location }) => {
    if (!(session.get() ?? (await adopt()))) throw redirect({ to: '/login', search: { to: location.href } });
  },
  component: lazyRouteComponent(() => loaded(() => import('./frame/frame.tsx')), 'Frame'),
  notFoundComponent: Missing,
});

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/instances', replace: true });
  },
});

const instances = createRoute({
  getParentRoute: () => inside,
  path: '/instances',
  validateSearch: readInstancesSearch,
  component: lazyRouteComponent(() => loaded(() => import('./instances/list.tsx')), 'InstancesScreen'),
});

const deploy = createRoute({
  getParentRoute: () => inside,
  path: '/instances/new',
  validateSearch: readDeploySearch,
  component: lazyRouteComponent(() => loaded(() => import('./instances/deploy.tsx')), 'DeployScreen'),
});

const instance = createRoute({
  getParentRoute: () => inside,
  path: '/instances/$id',
  component: lazyRouteComponent(() => loaded(() => import('./instances/detail.tsx')), 'InstanceScreen'),
});

const screen = createRoute({
  getParentRoute: () => inside,
  path: '/instances/$id/console',
  component: lazyRouteComponent(() => loaded(() => import('./instances/screen.tsx')), 'ConsoleScreen'),
});

const run = createRoute({
  getParentRoute: () => inside,
  path: '/run/$command',
  validateSearch: readRunSearch,
  component: lazyRouteComponent(() => loaded(() => import('./form/run.tsx')), 'RunScreen'),
});

/** Sections without screens of their own. */
const section = createRoute({
  getParentRoute: () => inside,
  path: '/$section',
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => loaded(() => import('./sections/list.tsx')), 'SectionScreen'),
});

const thing = createRoute({
  getParentRoute: () => inside,
  path: '/$section/$id',
  component: lazyRouteComponent(() => loaded(() => import('./sections/detail.tsx')), 'ThingScreen'),
});

/** The `url` of createConsoleEndpoint: a screen for whoever has the link, without a login. */
const alone = createRoute({
  getParentRoute: () => root,
  path: '/screen.html',
  validateSearch: readScreenSearch,
  component: lazyRouteComponent(() => loaded(() => import('./instances/screen-alone.tsx')), 'LoneScreen'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    alone,
    inside.addChildren([home, instances, deploy, instance, screen, run, section, thing]),
  ]),
  basepath: '/client',
  defaultPreload: 'intent',
  defaultPendingComponent: Waiting,
  defaultPendingMs: 300,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: Missing,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
