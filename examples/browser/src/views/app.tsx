import { useRef } from 'preact/hooks';
import { session } from '../state/session.ts';
import { DropFrame } from './drop-frame.tsx';
import { Header } from './header.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { Notices } from './notices.tsx';
import { Welcome } from './welcome.tsx';
import { Workbench } from './workbench.tsx';

export function App() {
  const main = useRef<HTMLElement>(null);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Header />
      <Notices />
      <main ref={main} tabIndex={-1}>
        {session.pairCount.value > 0 ? <Workbench /> : <Welcome />}
      </main>
      <HelpDialog />
      <DropFrame />
    </>
  );
}
