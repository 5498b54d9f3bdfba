// Why an instance is where it is: the sentence of the planner, and the hosts it refused with the reason for each.
import type { JSX } from 'react';
import { many, t } from '../words/t.ts';
import type { Placement } from './instance.ts';
import classes from './instances.module.css';

/** `nowhere`: no host was found. Users are told of a placement without the name of the host. */
export function PlacementText({
  placement: { host, considered, refused = [], text },
  nowhere = false,
}: {
  placement: Placement;
  nowhere?: boolean;
}): JSX.Element {
  return (
    <div className={classes.placement}>
      <div>
        {(host || nowhere) && <strong>{host ? t('placement.on', { host }) : t('placement.nowhere')}</strong>}
        {text && <p>{text}</p>}
        {considered !== undefined && (
          <p className="soft">
            {many('placement.considered', considered)}
            {refused.length > 0 && `, ${many('placement.refused', refused.length)}`}.
          </p>
        )}
      </div>
      {refused.length > 0 && (
        <div className={classes.wide}>
          <table className={classes.inner}>
            <thead>
              <tr>
                <th scope="col">{t('placement.host')}</th>
                <th scope="col">{t('placement.why')}</th>
              </tr>
            </thead>
            <tbody>
              {refused.map((one) => (
                <tr key={one.host}>
                  <td>{one.host}</td>
                  <td>{one.why}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
