// The screen of an instance with the keyboard and the mouse going to it.
import { Button, Popover, Textarea, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { JSX, ReactNode } from 'react';
import { oneQuery } from '../api/queries.ts';
import { pollWhile } from '../live/link.ts';
import { Icon } from '../parts/icons.tsx';
import { Empty, PageHead } from '../parts/parts.tsx';
import { State } from '../parts/state.tsx';
import { many, t } from '../words/t.ts';
import { actionNamed, labelOf, reasonAgainst } from './actions.ts';
import { Gone } from './detail.tsx';
import { ENTITY, stateOf, titleOf } from './instance.ts';
import type { Instance } from './instance.ts';
import { request } from './perform.ts';
import { endpointOf, useScreen } from './rfb.ts';
import type { Connection } from './rfb.ts';
import { oddOnes } from './typing.ts';
import classes from './screen.module.css';

export function ConsoleScreen(): JSX.Element {
  const { id } = useParams({ from: '/inside/instances/$id/console' });
  const { data } = useQuery({
    ...oneQuery<Instance>(ENTITY, id),
    refetchInterval: ({ state }) => pollWhile(state.data?.state !== 'Running'),
  });
  if (data === null) return <Gone />;
  return <Loaded id={id} instance={data} />;
}

function Loaded({ id, instance }: { id: string; instance: Instance | undefined }): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const open = instance !== undefined && !reasonAgainst(actionNamed('console'), instance);
  const connection = useScreen(place, { key: id, find: () => endpointOf(id), open });
  const name = instance ? titleOf(instance) : '';
  const connected = open && connection.screen.kind === 'connected';
  return (
    <div className={classes.page}>
      <PageHead
        title={t('screen.title', { name })}
        above={
          <Link to="/instances/$id" params={{ id }} className={classes.up}>
            <Icon name="left" size={13} />
            {t('screen.back')}
          </Link>
        }
        beside={instance && <State state={stateOf(instance)} />}
      >
        <Button variant="default" disabled={!connected} onClick={connection.ctrlAltDel}>
          {t('screen.cad')}
        </Button>
        <Paste disabled={!connected} connection={connection} />
        <Button
          variant="default"
          disabled={!open}
          leftSection={<Icon name="reboot" size={14} />}
          onClick={connection.connect}
        >
          {t('screen.reconnect')}
        </Button>
        <Tooltip label={t('screen.full')}>
          <Button
            variant="default"
            disabled={!connected}
            aria-label={t('screen.full')}
            onClick={() => void fullScreen(frame.current, connection)}
          >
            <Icon name="full" size={14} />
          </Button>
        </Tooltip>
      </PageHead>
      <div ref={frame} className={classes.frame} data-takes-keys={connected || undefined}>
        <div
          ref={place}
          className={classes.screen}
          role="application"
          aria-label={t('screen.label', { name })}
          data-connected={connected}
          hidden={!open}
        />
        {!connected && (
          <div className={classes.over}>
            <Over instance={instance} open={open} connection={connection} />
          </div>
        )}
      </div>
      <p className={classes.hint} role="status">
        {connected && t('screen.keyboard')}
      </p>
    </div>
  );
}

async function fullScreen(frame: HTMLElement | null, { focus }: Connection): Promise<void> {
  await frame?.requestFullscreen().catch(() => undefined);
  focus();
}

function Over({
  instance,
  open,
  connection,
}: {
  instance: Instance | undefined;
  open: boolean;
  connection: Connection;
}): ReactNode {
  const { screen, connect } = connection;
  const again = <Button onClick={connect}>{t('screen.reconnect')}</Button>;
  if (!instance) return <div role="status">{t('app.loading')}</div>;
  if (!open)
    return (
      <Empty
        icon="screen"
        title={t('screen.notRunning', { state: stateOf(instance) })}
        actions={<StartButton instance={instance} />}
      >
        {t('screen.notRunning.text')}
      </Empty>
    );
  if (screen.kind === 'connecting') return <div role="status">{t('screen.connecting')}</div>;
  if (screen.kind === 'refused')
    return (
      <div role="alert">
        <Empty icon="alert" title={t('screen.refused')} actions={again}>
          {screen.why}
        </Empty>
      </div>
    );
  return (
    <Empty icon="offline" title={t('screen.closed')} actions={again}>
      {t('screen.closed.text')}
    </Empty>
  );
}

function StartButton({ instance }: { instance: Instance }): ReactNode {
  const start = actionNamed('start');
  if (reasonAgainst(start, instance)) return null;
  return (
    <Button leftSection={<Icon name="play" size={14} />} onClick={() => request(start, [instance])}>
      {labelOf(start)}
    </Button>
  );
}

function Paste({ disabled, connection }: { disabled: boolean; connection: Connection }): JSX.Element {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const odd = oddOnes(text);
  const close = (): void => {
    setOpen(false);
    setTimeout(connection.focus); // the popover gives the focus away when it is gone
  };
  const send = async (): Promise<void> => {
    setBusy(true);
    await connection.type(text);
    setBusy(false);
    setText('');
    close();
  };
  return (
    <Popover
      opened={open}
      onChange={(on) => (on ? setOpen(true) : close())}
      position="bottom-end"
      width={340}
      trapFocus
      returnFocus={false}
      shadow="md"
    >
      <Popover.Target>
        <Button
          variant="default"
          disabled={disabled}
          leftSection={<Icon name="paste" size={14} />}
          onClick={() => (open ? close() : setOpen(true))}
        >
          {t('screen.paste')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Textarea
          label={t('screen.paste.label')}
          description={t('screen.paste.text')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          minRows={3}
          maxRows={10}
          autosize
          spellCheck={false}
          data-autofocus
        />
        {odd > 0 && <p className="soft">{many('screen.paste.odd', odd)}</p>}
        <Button mt={10} loading={busy} disabled={text === ''} onClick={() => void send()}>
          {t('screen.paste.send')}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
