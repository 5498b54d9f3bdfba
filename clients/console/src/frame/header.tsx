// The bar on top: where home is, the search, how live the page is, jobs, appearance, account.
import { ActionIcon, Kbd, Menu, Tooltip, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import type { MantineColorScheme } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useCell } from '../cell.ts';
import { logout } from '../api/login.ts';
import { mine } from '../api/session.ts';
import { JobsButton } from '../jobs/button.tsx';
import { link } from '../live/link.ts';
import { Icon } from '../parts/icons.tsx';
import type { IconName } from '../parts/icons.tsx';
import { t } from '../words/t.ts';
import { paletteOpen, shortcut } from './shortcut.ts';
import classes from './frame.module.css';

export function Header({ menu, onMenu }: { menu: boolean; onMenu: () => void }): JSX.Element {
  return (
    <header className={classes.header}>
      <ActionIcon
        className={classes.burger}
        size="lg"
        onClick={onMenu}
        aria-expanded={menu}
        aria-controls="navigation"
        aria-label={t(menu ? 'nav.close' : 'nav.open')}
      >
        <Icon name={menu ? 'close' : 'menu'} size={20} />
      </ActionIcon>
      <Link to="/instances" className={classes.brand} aria-label={t('nav.home')}>
        <img src="/client/mark.svg" alt="" width={24} height={24} />
        <span>{t('app.name')}</span>
      </Link>
      <UnstyledButton
        className={classes.search}
        onClick={() => paletteOpen.set(true)}
        aria-keyshortcuts="Control+K Meta+K"
      >
        <Icon name="search" size={15} />
        <span className={classes.searchText}>{t('palette.open')}…</span>
        <span className={classes.searchShort}>{t('palette.short')}</span>
        <Kbd size="xs" className={classes.kbd} aria-hidden="true">
          {shortcut}
        </Kbd>
      </UnstyledButton>
      <div className={classes.tools}>
        <Liveness />
        <JobsButton />
        <Appearance />
        <Account />
      </div>
    </header>
  );
}

function Liveness(): JSX.Element | null {
  const { kind } = useCell(link);
  if (kind === 'lost') return null;
  return (
    <Tooltip label={t(`link.${kind}.text`)}>
      <span
        className={classes.live}
        data-kind={kind}
        tabIndex={0}
        role="note"
        aria-label={`${t(`link.${kind}`)}. ${t(`link.${kind}.text`)}`}
      >
        <span className={classes.liveDot} />
        <span className={classes.liveText}>{t(`link.${kind}`)}</span>
      </span>
    </Tooltip>
  );
}

const schemes: readonly { value: MantineColorScheme; icon: IconName }[] = [
  { value: 'auto', icon: 'auto' },
  { value: 'light', icon: 'sun' },
  { value: 'dark', icon: 'moon' },
];

function Appearance(): JSX.Element {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const current = schemes.find(({ value }) => value === colorScheme)?.icon ?? 'auto';
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t('scheme.label')}>
          <Icon name={current} size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('scheme.label')}</Menu.Label>
        {schemes.map(({ value, icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon name={icon} />}
            rightSection={value === colorScheme && <Icon name="check" size={14} />}
            onClick={() => setColorScheme(value)}
          >
            {t(`scheme.${value}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Account(): JSX.Element {
  const { userName, fullName, account, roleType } = mine();
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t('account.menu', { name: userName })}>
          <Icon name="user" size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className={classes.who}>
          <strong>{fullName || userName}</strong>
          <span>
            {userName} · {account}
          </span>
          <span>{t(`role.${roleType}`)}</span>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="out" />} onClick={() => void logout()}>
          {t('account.logout')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
