/** The frame around every page: where one can go, who one is, how it looks. */
import { ActionIcon, AppShell, Badge, Box, Burger, Group, Menu, NavLink, ScrollArea, Text, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ExitIcon, GearIcon, PersonIcon, QuestionMarkCircledIcon } from "@radix-ui/react-icons";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, Route, Switch, useLocation } from "wouter";
import { useOffered, useSession } from "../api/session";
import { Empty, Waiting } from "../parts/page";
import { LanguageMenu, Mark, SchemeButton } from "./chrome";
import { GROUPS, SETTINGS } from "./places";

function PersonMenu() {
  const { t } = useTranslation();
  const { session, signOut } = useSession();
  const [, go] = useLocation();
  const person = session?.person;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="light" size="lg" radius="xl" aria-label={t("You")}><PersonIcon /></ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{person ? `${person.email} · ${t(person.role)}` : t("Signed in with an API key")}</Menu.Label>
        <Menu.Item leftSection={<GearIcon />} onClick={() => go(SETTINGS.path)}>{t("Settings")}</Menu.Item>
        <Menu.Item leftSection={<ExitIcon />} onClick={() => void signOut()}>{t("Sign out")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function usePlaces() {
  const offered = useOffered();
  return GROUPS.map((group) => ({ ...group, places: group.places.filter((each) => offered(each.needs)) })).filter((group) => group.places.length > 0);
}

function Places({ leave }: { leave: () => void }) {
  const { t } = useTranslation();
  const [here] = useLocation();
  const active = (path: string) => (path === "/" ? here === "/" : here === path || here.startsWith(`${path}/`));
  return (
    <ScrollArea flex={1} type="auto" scrollbarSize={6} offsetScrollbars={false}>
      <Box component="nav" aria-label={t("Main")} pb="md">
        {usePlaces().map((group) => (
          <Box key={group.name} mt="sm">
            <Text size="xs" c="dimmed" fw={600} px="sm" mb={2}>{t(group.name)}</Text>
            {group.places.map((place) => (
              <NavLink
                key={place.path}
                component={Link}
                href={place.path}
                label={t(place.name)}
                leftSection={<place.icon />}
                active={active(place.path)}
                aria-current={active(place.path) ? "page" : undefined}
                onClick={leave}
                style={{ borderRadius: "var(--mantine-radius-md)" }}
                py={5}
              />
            ))}
          </Box>
        ))}
      </Box>
    </ScrollArea>
  );
}

export function Shell() {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const { session } = useSession();
  const places = usePlaces().flatMap((group) => group.places);
  const [here] = useLocation();
  useEffect(() => {
    void window.scrollTo(0, 0);
    void document.querySelector("nav [aria-current=page]")?.scrollIntoView({ block: "nearest" });
  }, [here]);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 232, breakpoint: "md", collapsed: { mobile: !opened } }} padding={{ base: "sm", sm: "lg" }}>
      <a href="#main" className="skip">{t("Skip to the content")}</a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="md" size="sm" aria-label={t("Menu")} aria-expanded={opened} />
            <Link href="/" style={{ color: "inherit", textDecoration: "none" }}><Mark /></Link>
            {session?.account_name && <Badge visibleFrom="sm" tt="none" variant="default">{session.account_name}</Badge>}
          </Group>
          <Group gap={4} wrap="nowrap">
            <Tooltip label={t("API documentation")}>
              <ActionIcon component="a" href="/docs" target="_blank" variant="subtle" color="gray" size="lg" aria-label={t("API documentation")}><QuestionMarkCircledIcon /></ActionIcon>
            </Tooltip>
            <LanguageMenu />
            <SchemeButton />
            <PersonMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar px="xs"><Places leave={close} /></AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <Box maw={1280} mx="auto">
          <Suspense fallback={<Waiting />}>
            <Switch>
              {places.map((place) => (
                <Route key={place.path} path={place.path === "/" ? "/" : `${place.path}/:id?`}>
                  {(params) => <place.page id={(params as { id?: string }).id} />}
                </Route>
              ))}
              <Route path={SETTINGS.path}><SETTINGS.page /></Route>
              <Route>
                <Empty title={t("There is no such page")} action={<Link href="/">{t("Go to the overview")}</Link>}>
                  {t("It may have moved, or your role does not show it.")}
                </Empty>
              </Route>
            </Switch>
          </Suspense>
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}
