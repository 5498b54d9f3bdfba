// Mantine's components in our colours and sizes. The tokens that everything else uses are in theme.css.
import { createTheme, localStorageColorSchemeManager } from '@mantine/core';
import type { MantineColorsTuple } from '@mantine/core';

const blue: MantineColorsTuple = [
  '#eef3ff',
  '#dce6fd',
  '#b6cbf8',
  '#8cadf2',
  '#6993ec',
  '#4a7ae2',
  '#2f5fd7',
  '#264fb8',
  '#1f4197',
  '#18336f',
];
const slate: MantineColorsTuple = [
  '#d5dbe4',
  '#b3bcc9',
  '#94a0b0',
  '#748092',
  '#444f60',
  '#303948',
  '#232a36',
  '#181e27',
  '#11161d',
  '#0b0f15',
];

export const theme = createTheme({
  primaryColor: 'blue',
  primaryShade: { light: 6, dark: 6 },
  colors: { blue, dark: slate },
  fontFamily:
    "Inter, 'Inter Variable', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: '600' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  components: {
    Button: { defaultProps: { size: 'xs' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: false } },
    InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
    TextInput: { defaultProps: { size: 'sm' } },
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'md',
        overlayProps: { backgroundOpacity: 0.4 },
        transitionProps: { duration: 120 },
      },
    },
    Menu: { defaultProps: { shadow: 'md', withInitialFocusPlaceholder: false, transitionProps: { duration: 80 } } },
  },
});

/** The same key as public/scheme.js reads. */
export const schemes = localStorageColorSchemeManager({ key: 'nephos.scheme' });
