import { session } from '../state/session.ts';
import { DropFrame } from './drop-frame.tsx';
import { Header } from './header.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { Notices } from './notices.tsx';
import { Welcome } from './welcome.tsx';
import { Workbench } from './workbench.tsx';

export function App() {
  return (
    <>
      <Header />
      <Notices />
      <main>{session.pairCount.value > 0 ? <Workbench /> : <Welcome />}</main>
      <HelpDialog />
      <DropFrame />
    </>
  );
}
