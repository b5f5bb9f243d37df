/** How the page looks, and what parts of the library say by themselves, in two languages. */
import { createTheme, MantineProvider, Modal, Notification } from '@mantine/core';
import { type ReactNode, useMemo } from 'react';
import { formWords } from '../kit/form-words.ts';
import { useWords } from '../kit/words.ts';

const look = {
  primaryColor: 'cyan',
  primaryShade: { light: 9, dark: 6 },
  defaultRadius: 'sm',
  // What stands on a filled ground is black or white, whichever can be read.
  autoContrast: true,
  respectReducedMotion: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
} as const;

export function Themed({ children }: { readonly children: ReactNode }) {
  const { close } = useWords(formWords);
  const theme = useMemo(() => {
    const closeButtonProps = { 'aria-label': close };
    return createTheme({
      ...look,
      components: {
        Modal: Modal.extend({ defaultProps: { closeButtonProps } }),
        Notification: Notification.extend({ defaultProps: { closeButtonProps } }),
      },
    });
  }, [close]);
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      {children}
    </MantineProvider>
  );
}
