import { render } from 'preact';
import { App } from './app/app.tsx';
import { ServerClock } from './data/clock.ts';
import { connect } from './data/firebase.ts';
import { loadSettings, type Settings } from './data/settings.ts';
import { Brand } from './parts/brand.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/layout.css';
import './styles/panels.css';
import './styles/motion.css';

const root = document.querySelector('#app')!;
const clock = new ServerClock();
// After a sleep nobody knows how long it was.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) loadSettings(clock).catch(() => {});
});

loadSettings(clock).then(start, () => {
  render(
    <main class="sign-in">
      <div class="sign-in-card">
        <Brand />
        <h1>The server does not answer</h1>
        <p>Check the network (or, locally, whether the suite runs), then load this page again.</p>
        <button type="button" class="button" onClick={() => location.reload()}>
          Load again
        </button>
      </div>
    </main>,
    root,
  );
});

function start(settings: Settings): void {
  render(<App settings={settings} firebase={connect(settings)} clock={clock} />, root);
}
