// The sections at the side; on a narrow screen a panel over the page.
import { Link, useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { JSX } from 'react';
import { Icon } from '../parts/icons.tsx';
import { t } from '../words/t.ts';
import { visibleGroups } from '../sections/sections.ts';
import classes from './frame.module.css';

export function Navigation({ open, onClose }: { open: boolean; onClose: () => void }): JSX.Element {
  const path = useLocation({ select: ({ pathname }) => pathname });
  useEffect(onClose, [path]);
  useEffect(() => {
    if (!open) return;
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') onClose();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [open, onClose]);
  return (
    <>
      {open && <div className={classes.shade} onClick={onClose} aria-hidden="true" />}
      <nav id="navigation" className={classes.nav} data-open={open} aria-label={t('nav.label')}>
        {visibleGroups().map(({ label, sections }) => (
          <div key={label} className={classes.group}>
            <div className={classes.groupLabel} id={`group-${label}`}>
              {t(label)}
            </div>
            <ul aria-labelledby={`group-${label}`}>
              {sections.map((section) => (
                <li key={section.path}>
                  <Link
                    to="/$section"
                    params={{ section: section.path }}
                    className={classes.item}
                    activeProps={{ 'data-active': true, 'aria-current': 'page' }}
                    activeOptions={{ includeSearch: false }}
                  >
                    <Icon name={section.icon} size={17} />
                    {t(section.label)}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
    </>
  );
}
