import { lazy, Suspense, useEffect, useState } from "react";
import { useSession, type Session } from "./api/session";
import { Waiting } from "./parts/page";
import { SignIn } from "./shell/sign_in";

const loadShell = () => import("./shell/shell");
const Shell = lazy(() => loadShell().then((module) => ({ default: module.Shell })));
const Welcome = lazy(() => import("./shell/welcome").then((module) => ({ default: module.Welcome })));

/** What stands behind # in a one-time link (`/console/join#…`); it never reaches a server's log. */
function tokenOf(): string {
  return /\/console\/(join|set-?up)\b/.test(window.location.pathname) ? window.location.hash.slice(1) : "";
}

/** The links that people are sent begin elsewhere than the pages of somebody who is signed in. */
export function App() {
  const { state, enter } = useSession();
  const [token, setToken] = useState(tokenOf);
  useEffect(() => void loadShell(), []); // while the server is asked who this is
  if (token) {
    const welcomed = (session: Session) => {
      window.history.replaceState(null, "", "/console/");
      setToken("");
      enter(session);
    };
    return <Suspense fallback={<Waiting />}><Welcome token={token} welcomed={welcomed} /></Suspense>;
  }
  if (state === "asking") return <Waiting />;
  if (state === "out" || state === "code") return <SignIn />;
  return <Suspense fallback={<Waiting />}><Shell /></Suspense>;
}
