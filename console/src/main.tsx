import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./console.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { App } from "./app";
import { SessionProvider } from "./api/session";
import { startLanguage } from "./i18n";
import { theme, variables } from "./theme";

/** A refusal stays a refusal; only what did not arrive is asked again. */
function again(count: number, error: unknown): boolean {
  return count < 2 && !(typeof error === "object" && error !== null && "status" in error);
}

const queries = new QueryClient({ defaultOptions: { queries: { retry: again, staleTime: 5_000, refetchOnWindowFocus: true } } });

/** The policy of the page allows styles that are made here only with the nonce of this very reply. */
const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce ?? "";
Object.assign(globalThis, { __webpack_nonce__: nonce }); // what the library of the dialogs asks for

await startLanguage();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider getStyleNonce={() => nonce} theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <Router base="/console">
            <App />
          </Router>
          <Notifications position="top-right" />
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
