// The addresses of the console. Each screen is a chunk of its own; a filter, a page, an open job is part of the address.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { adopt, session } from './api/session.ts';
import { readDeploySearch, readInstancesSearch, readLoginSearch, readWithJob } from './search.ts';
import { Broken, Missing, Waiting } from './frame/fallbacks.tsx';

const root = createRootRoute({ notFoundComponent: Missing, errorComponent: Broken, validateSearch: readWithJob });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: readLoginSearch,
  component: lazyRouteComponent(() => import('./login/login.tsx'), 'LoginScreen'),
});

/** Everything behind the login. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ location }) => {
    if (!(session.get() ?? (await adopt()))) throw redirect({ to: '/login', search: { to: location.href } });
  },
  component: lazyRouteComponent(() => import('./frame/frame.tsx'), 'Frame'),
  notFoundComponent: Missing,
});

const home = createRoute({ getParentRoute: () => inside, path: '/', beforeLoad: () => { throw redirect({ to: '/instances', replace: true }); } });

const instances = createRoute({
  getParentRoute: () => inside,
  path: '/instances',
  validateSearch: readInstancesSearch,
  component: lazyRouteComponent(() => import('./instances/list.tsx'), 'InstancesScreen'),
});

const deploy = createRoute({
  getParentRoute: () => inside,
  path: '/instances/new',
  validateSearch: readDeploySearch,
  component: lazyRouteComponent(() => import('./instances/deploy.tsx'), 'DeployScreen'),
});

const instance = createRoute({
  getParentRoute: () => inside,
  path: '/instances/$id',
  component: lazyRouteComponent(() => import('./instances/detail.tsx'), 'InstanceScreen'),
});

const screen = createRoute({
  getParentRoute: () => inside,
  path: '/instances/$id/console',
  component: lazyRouteComponent(() => import('./instances/screen.tsx'), 'ConsoleScreen'),
});

const run = createRoute({
  getParentRoute: () => inside,
  path: '/run/$command',
  component: lazyRouteComponent(() => import('./form/run.tsx'), 'RunScreen'),
});

export const router = createRouter({
  routeTree: root.addChildren([login, inside.addChildren([home, instances, deploy, instance, screen, run])]),
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
