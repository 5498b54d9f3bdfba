// Deploying an instance: the form, or the deployment that the address names.
import { useSearch } from '@tanstack/react-router';
import type { JSX } from 'react';
import { DeployForm } from './deploy-form.tsx';
import { DeployProgress } from './deploy-progress.tsx';

export function DeployScreen(): JSX.Element {
  const { of, id } = useSearch({ from: '/inside/instances/new' });
  return of ? <DeployProgress job={of} instance={id} /> : <DeployForm />;
}
