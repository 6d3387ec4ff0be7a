import type { JSX } from 'preact';
import { Brand } from '../parts/brand.tsx';
import { Icon, type IconName } from '../parts/icon.tsx';
import { linkTo, VIEWS, type View } from './route.ts';
import { THEMES, type Theme } from './theme.ts';

const WORDS: Readonly<Record<View, string>> = {
  overview: 'Overview',
  files: 'Files',
  alerts: 'Alerts',
  inbox: 'Inbox',
};
const THEME_WORDS: Readonly<Record<Theme, string>> = {
  system: 'as the system',
  light: 'light',
  dark: 'dark',
};

interface RailProps {
  readonly pipeline: string;
  readonly view: View;
  /** How many are new or open, beside the name of a view. */
  readonly counts: Readonly<Partial<Record<View, string>>>;
  readonly email: string;
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
  readonly onSignOut: () => void;
}

/** The views, at the side; on a phone along the foot. */
export function Rail({ pipeline, view, counts, email, theme, onTheme, onSignOut }: RailProps): JSX.Element {
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  return (
    <aside class="rail">
      <Brand />
      <nav aria-label="Views">
        {VIEWS.map(one => (
          <a
            key={one}
            href={linkTo(pipeline, one)}
            {...(one === view && { 'aria-current': 'page' as const })}
          >
            <Icon name={one as IconName} />
            <span class="rail-word">{WORDS[one]}</span>
            {counts[one] && <span class="count">{counts[one]}</span>}
          </a>
        ))}
      </nav>
      <div class="rail-foot">
        <button
          type="button"
          class="rail-button"
          onClick={() => onTheme(next)}
          title={`Change to ${THEME_WORDS[next]}`}
        >
          <Icon name={theme} />
          <span class="rail-word">
            Theme
            <span class="rail-detail">{THEME_WORDS[theme]}</span>
          </span>
        </button>
        <button type="button" class="rail-button" onClick={onSignOut}>
          <Icon name="out" />
          <span class="rail-word">
            Sign out
            <span class="rail-detail" title={email}>
              {email}
            </span>
          </span>
        </button>
      </div>
    </aside>
  );
}
