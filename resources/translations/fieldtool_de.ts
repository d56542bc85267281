<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
    <context>
        <name>AuditPane</name>
        <message>
            <source>Copy JSON</source>
            <translation>JSON kopieren</translation>
        </message>
        <message>
            <source>Nothing</source>
            <translation>Nichts</translation>
        </message>
        <message>
            <source>Proof</source>
            <translation>Beweis</translation>
        </message>
        <message>
            <source>Record {n}</source>
            <translation>Eintrag {n}</translation>
        </message>
        <message>
            <source>Seen by this tool</source>
            <translation>Von diesem Werkzeug gesehen</translation>
        </message>
        <message>
            <source>This record belongs to no run</source>
            <translation>Dieser Eintrag gehört zu keinem Lauf</translation>
        </message>
        <message>
            <source>This run</source>
            <translation>Dieser Lauf</translation>
        </message>
        <message>
            <source>Told by the charger</source>
            <translation>Von der Ladestation gesagt</translation>
        </message>
    </context>
    <context>
        <name>AuditScreen</name>
        <message>
            <source>Anybody</source>
            <translation>Jede Person</translation>
        </message>
        <message>
            <source>At the central system: fieldtool central ingest FILE --out ANSWER. Then import its answer here.</source>
            <translation>Beim Zentralsystem: fieldtool central ingest FILE --out ANSWER. Dann importieren Sie seine Antwort hier.</translation>
        </message>
        <message>
            <source>Audit</source>
            <translation>Protokoll</translation>
        </message>
        <message>
            <source>Cancelled. No file was written.</source>
            <translation>Abgebrochen. Keine Datei wurde geschrieben.</translation>
        </message>
        <message>
            <source>Check again</source>
            <translation>Noch einmal prüfen</translation>
        </message>
        <message>
            <source>Checking…</source>
            <translation>Prüft…</translation>
        </message>
        <message>
            <source>Choose another filter, or show all records.</source>
            <translation>Wählen Sie einen anderen Filter, oder zeigen Sie alle Einträge.</translation>
        </message>
        <message>
            <source>Documents that wait are not in it: {why}</source>
            <translation>Wartende Dokumente sind nicht darin: {why}</translation>
        </message>
        <message>
            <source>Every update, decision and refusal stands here from the first one on.</source>
            <translation>Jedes Update, jede Entscheidung und jede Ablehnung steht von der ersten an hier.</translation>
        </message>
        <message>
            <source>Export all</source>
            <translation>Alle exportieren</translation>
        </message>
        <message>
            <source>Export audit records</source>
            <translation>Protokolleinträge exportieren</translation>
        </message>
        <message>
            <source>Export {n} pending</source>
            <translation>{n} offene exportieren</translation>
        </message>
        <message>
            <source>Exporting to {name}</source>
            <translation>Exportiert nach {name}</translation>
        </message>
        <message>
            <source>Find records</source>
            <translation>Einträge suchen</translation>
        </message>
        <message>
            <source>Import receipt</source>
            <translation>Quittung importieren</translation>
        </message>
        <message>
            <source>Import the central system's answer</source>
            <translation>Antwort des Zentralsystems importieren</translation>
        </message>
        <message>
            <source>Log of this laptop</source>
            <translation>Protokoll dieses Laptops</translation>
        </message>
        <message>
            <source>Log {id} of this laptop</source>
            <translation>Protokoll {id}</translation>
        </message>
        <message>
            <source>No record fits</source>
            <translation>Kein Eintrag passt</translation>
        </message>
        <message>
            <source>No records yet</source>
            <translation>Noch keine Einträge</translation>
        </message>
        <message>
            <source>Reading the log…</source>
            <translation>Liest das Protokoll…</translation>
        </message>
        <message>
            <source>Records 1 to {n} are receipted, {m} of them anew</source>
            <translation>Einträge 1 bis {n} sind quittiert, {m} davon neu</translation>
        </message>
        <message>
            <source>Show all records</source>
            <translation>Alle Einträge zeigen</translation>
        </message>
        <message>
            <source>append-only, nothing here can be edited or deleted</source>
            <translation>nur anhängend, nichts hier kann geändert oder gelöscht werden</translation>
        </message>
        <message>
            <source>{n} records are in {name}</source>
            <translation>{n} Einträge sind in {name}</translation>
        </message>
    </context>
    <context>
        <name>Branches</name>
        <message>
            <source>It does not?</source>
            <translation>Tut sie nicht?</translation>
        </message>
    </context>
    <context>
        <name>ChargerPane</name>
        <message>
            <source>Bring it back over its service cable</source>
            <translation>Über ihr Servicekabel wiederherstellen</translation>
        </message>
        <message>
            <source>Log</source>
            <translation>Log</translation>
        </message>
        <message>
            <source>Nothing was written yet.</source>
            <translation>Noch wurde nichts geschrieben.</translation>
        </message>
        <message>
            <source>Reading…</source>
            <translation>Liest…</translation>
        </message>
        <message>
            <source>Stop after this step</source>
            <translation>Anhalten nach diesem Schritt</translation>
        </message>
        <message>
            <source>Stops after this step</source>
            <translation>Hält nach diesem Schritt an</translation>
        </message>
    </context>
    <context>
        <name>ChargersScreen</name>
        <message>
            <source>Add</source>
            <translation>Hinzufügen</translation>
        </message>
        <message>
            <source>Address, like 192.0.2.7 or 192.0.2.7:2222</source>
            <translation>Adresse, etwa 192.0.2.7 oder 192.0.2.7:2222</translation>
        </message>
        <message>
            <source>Chargers</source>
            <translation>Ladestationen</translation>
        </message>
        <message>
            <source>Choose another filter, or clear the search.</source>
            <translation>Wählen Sie einen anderen Filter, oder leeren Sie die Suche.</translation>
        </message>
        <message>
            <source>Connect this laptop to the chargers' network and press Scan, or add one by its address.</source>
            <translation>Verbinden Sie diesen Laptop mit dem Netz der Ladestationen und drücken Sie Suchen, oder fügen Sie eine mit ihrer Adresse hinzu.</translation>
        </message>
        <message>
            <source>Connect this laptop to the chargers' network. They appear here by themselves.</source>
            <translation>Verbinden Sie diesen Laptop mit dem Netz der Ladestationen. Sie erscheinen hier von selbst.</translation>
        </message>
        <message>
            <source>Find charger</source>
            <translation>Ladestation finden</translation>
        </message>
        <message>
            <source>Looking for chargers…</source>
            <translation>Sucht nach Ladestationen…</translation>
        </message>
        <message>
            <source>No charger matches</source>
            <translation>Keine Ladestation passt</translation>
        </message>
        <message>
            <source>No chargers yet</source>
            <translation>Noch keine Ladestationen</translation>
        </message>
        <message>
            <source>Nothing selected</source>
            <translation>Nichts gewählt</translation>
        </message>
        <message>
            <source>Nothing to update</source>
            <translation>Nichts zu aktualisieren</translation>
        </message>
        <message>
            <source>Scan</source>
            <translation>Suchen</translation>
        </message>
        <message>
            <source>Set up this laptop</source>
            <translation>Diesen Laptop einrichten</translation>
        </message>
        <message>
            <source>Update {n} selected</source>
            <translation>{n} aktualisieren</translation>
        </message>
        <message>
            <source>scanned {ago}</source>
            <translation>gesucht {ago}</translation>
        </message>
        <message>
            <source>{done} of {all} finished</source>
            <translation>{done} von {all} fertig</translation>
        </message>
        <message>
            <source>{n} chargers found</source>
            <translation>{n} Ladestationen gefunden</translation>
        </message>
        <message>
            <source>{n} missing</source>
            <translation>{n} vermisst</translation>
        </message>
        <message>
            <source>{time} left</source>
            <translation>noch {time}</translation>
        </message>
    </context>
    <context>
        <name>ChoicePage</name>
        <message>
            <source>Charger</source>
            <translation>Ladestation</translation>
        </message>
        <message>
            <source>Look again</source>
            <translation>Noch einmal suchen</translation>
        </message>
        <message>
            <source>Or an address: serial-tcp://HOST:PORT</source>
            <translation>Oder eine Adresse: serial-tcp://HOST:PORT</translation>
        </message>
        <message>
            <source>Port of the service cable</source>
            <translation>Port des Servicekabels</translation>
        </message>
        <message>
            <source>Serial number on its label</source>
            <translation>Seriennummer auf dem Typenschild</translation>
        </message>
        <message>
            <source>The number is needed where the bootloader cannot tell it.</source>
            <translation>Die Nummer ist nötig, wo der Bootloader sie nicht sagen kann.</translation>
        </message>
    </context>
    <context>
        <name>ComponentLine</name>
        <message>
            <source>Override</source>
            <translation>Übergehen</translation>
        </message>
        <message>
            <source>Override…</source>
            <translation>Übergehen…</translation>
        </message>
        <message>
            <source>Withdraw the override</source>
            <translation>Nicht mehr übergehen</translation>
        </message>
    </context>
    <context>
        <name>DisplayCard</name>
        <message>
            <source>Display and touch</source>
            <translation>Anzeige und Bedienung</translation>
        </message>
        <message>
            <source>F6 cycles</source>
            <translation>F6 wechselt</translation>
        </message>
        <message>
            <source>Glove mode</source>
            <translation>Handschuhmodus</translation>
        </message>
        <message>
            <source>Targets of 48 px</source>
            <translation>Flächen von 48 px</translation>
        </message>
        <message>
            <source>Text size</source>
            <translation>Schriftgröße</translation>
        </message>
        <message>
            <source>{n} %</source>
            <translation>{n} %</translation>
        </message>
    </context>
    <context>
        <name>FirmwarePane</name>
        <message>
            <source>Advisories fixed</source>
            <translation>Behobene Sicherheitslücken</translation>
        </message>
        <message>
            <source>Check again</source>
            <translation>Noch einmal prüfen</translation>
        </message>
        <message>
            <source>Notes</source>
            <translation>Hinweise</translation>
        </message>
        <message>
            <source>Pin</source>
            <translation>Behalten</translation>
        </message>
        <message>
            <source>Unpin</source>
            <translation>Nicht behalten</translation>
        </message>
    </context>
    <context>
        <name>FirmwareScreen</name>
        <message>
            <source>1 file for this site</source>
            <translation>1 Datei für diesen Standort</translation>
        </message>
        <message>
            <source>A bundle is imported. A firmware file is taken if the catalogue names it.</source>
            <translation>Ein Paket wird importiert. Eine Firmwaredatei wird genommen, wenn der Katalog sie nennt.</translation>
        </message>
        <message>
            <source>Add a firmware file</source>
            <translation>Eine Firmwaredatei hinzufügen</translation>
        </message>
        <message>
            <source>Add file</source>
            <translation>Neue Datei</translation>
        </message>
        <message>
            <source>All releases</source>
            <translation>Alle Releases</translation>
        </message>
        <message>
            <source>Bundles (*.zip)</source>
            <translation>Pakete (*.zip)</translation>
        </message>
        <message>
            <source>Cancelled. What is on this laptop is as it was.</source>
            <translation>Abgebrochen. Auf diesem Laptop ist alles, wie es war.</translation>
        </message>
        <message>
            <source>Catalogue checked {ago}</source>
            <translation>Katalog geprüft {ago}</translation>
        </message>
        <message>
            <source>Checking the file</source>
            <translation>Prüft die Datei</translation>
        </message>
        <message>
            <source>Checking the files on this laptop</source>
            <translation>Prüft die Dateien auf diesem Laptop</translation>
        </message>
        <message>
            <source>Drop it here</source>
            <translation>Hier ablegen</translation>
        </message>
        <message>
            <source>Export a bundle</source>
            <translation>Ein Paket exportieren</translation>
        </message>
        <message>
            <source>Export bundle</source>
            <translation>Paket exportieren</translation>
        </message>
        <message>
            <source>Exporting to {name}</source>
            <translation>Exportiert nach {name}</translation>
        </message>
        <message>
            <source>Firmware</source>
            <translation>Firmware</translation>
        </message>
        <message>
            <source>Import a bundle</source>
            <translation>Ein Paket importieren</translation>
        </message>
        <message>
            <source>Import bundle</source>
            <translation>Paket importieren</translation>
        </message>
        <message>
            <source>Importing {name}</source>
            <translation>Importiert {name}</translation>
        </message>
        <message>
            <source>Looking at {name}</source>
            <translation>Sieht {name} an</translation>
        </message>
        <message>
            <source>No firmware on this laptop</source>
            <translation>Keine Firmware auf diesem Laptop</translation>
        </message>
        <message>
            <source>Nothing here for this site</source>
            <translation>Hier ist nichts für diesen Standort</translation>
        </message>
        <message>
            <source>Reading the catalogue…</source>
            <translation>Liest den Katalog…</translation>
        </message>
        <message>
            <source>Sync, import a bundle, or drop one onto this screen.</source>
            <translation>Synchronisieren Sie, importieren Sie ein Paket, oder legen Sie eines auf dieser Seite ab.</translation>
        </message>
        <message>
            <source>This site</source>
            <translation>Dieser Standort</translation>
        </message>
        <message>
            <source>What is missing</source>
            <translation>Was fehlt</translation>
        </message>
        <message>
            <source>directed</source>
            <translation>beauftragt</translation>
        </message>
        <message>
            <source>stand-alone</source>
            <translation>eigenständig</translation>
        </message>
        <message>
            <source>{n} files for this site</source>
            <translation>{n} Dateien für diesen Standort</translation>
        </message>
        <message>
            <source>{n} files removed, {size} free again.</source>
            <translation>{n} Dateien entfernt, {size} wieder frei.</translation>
        </message>
        <message>
            <source>{n} releases in all</source>
            <translation>{n} Releases insgesamt</translation>
        </message>
    </context>
    <context>
        <name>HowItRuns</name>
        <message>
            <source>At once</source>
            <translation>Zugleich</translation>
        </message>
        <message>
            <source>How it runs</source>
            <translation>Wie es läuft</translation>
        </message>
        <message>
            <source>Power</source>
            <translation>Strom</translation>
        </message>
        <message>
            <source>Stopping</source>
            <translation>Anhalten</translation>
        </message>
        <message>
            <source>To send</source>
            <translation>Zu senden</translation>
        </message>
        <message>
            <source>Who answers for it</source>
            <translation>Wer dafür einsteht</translation>
        </message>
    </context>
    <context>
        <name>JobLine</name>
        <message>
            <source>Cancel</source>
            <translation>Abbrechen</translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message>
            <source>Closing as soon as every charger is in a known state</source>
            <translation>Schließt, sobald jede Ladestation in einem bekannten Zustand ist</translation>
        </message>
        <message>
            <source>Closing stops each after its step; you resume them from there when fieldtool opens again.</source>
            <translation>Schließen hält jede nach ihrem Schritt an; von dort machen Sie weiter, wenn fieldtool wieder offen ist.</translation>
        </message>
        <message>
            <source>Keep open</source>
            <translation>Offen lassen</translation>
        </message>
        <message>
            <source>Leave this laptop on and connected.</source>
            <translation>Lassen Sie diesen Laptop an und verbunden.</translation>
        </message>
        <message>
            <source>Stop and close</source>
            <translation>Anhalten und schließen</translation>
        </message>
        <message>
            <source>{n} chargers are being updated</source>
            <translation>{n} Ladestationen werden aktualisiert</translation>
        </message>
    </context>
    <context>
        <name>ManualStepCard</name>
        <message>
            <source>Done</source>
            <translation>Fertig</translation>
        </message>
    </context>
    <context>
        <name>OpenRuns</name>
        <message>
            <source>, nor are {n} others</source>
            <translation>, auch {n} andere nicht</translation>
        </message>
        <message>
            <source>Resume</source>
            <translation>Fortsetzen</translation>
        </message>
        <message>
            <source>The run of {name} to {target} is not finished</source>
            <translation>Der Lauf von {name} auf {target} ist nicht fertig</translation>
        </message>
    </context>
    <context>
        <name>Pages</name>
        <message>
            <source>Preview</source>
            <translation>Vorschau</translation>
        </message>
    </context>
    <context>
        <name>PlanMatrix</name>
        <message>
            <source>Chargers that were found are planned here.</source>
            <translation>Gefundene Ladestationen werden hier geplant.</translation>
        </message>
        <message>
            <source>No plan yet</source>
            <translation>Noch kein Plan</translation>
        </message>
    </context>
    <context>
        <name>PlanScreen</name>
        <message>
            <source>Chargers</source>
            <translation>Ladestationen</translation>
        </message>
        <message>
            <source>Checking…</source>
            <translation>Prüft…</translation>
        </message>
        <message>
            <source>How it runs</source>
            <translation>Wie es läuft</translation>
        </message>
        <message>
            <source>Nothing to start</source>
            <translation>Nichts zu beginnen</translation>
        </message>
        <message>
            <source>Plan for {site}</source>
            <translation>Plan für {site}</translation>
        </message>
        <message>
            <source>Starting…</source>
            <translation>Beginnt…</translation>
        </message>
        <message>
            <source>Update 1 charger</source>
            <translation>1 aktualisieren</translation>
        </message>
        <message>
            <source>Update {n} chargers</source>
            <translation>{n} aktualisieren</translation>
        </message>
        <message>
            <source>this site</source>
            <translation>diesen Standort</translation>
        </message>
    </context>
    <context>
        <name>ReasonField</name>
        <message>
            <source>Why?</source>
            <translation>Warum?</translation>
        </message>
    </context>
    <context>
        <name>RecoveryScreen</name>
        <message>
            <source>Asking whether its bootloader answers already</source>
            <translation>Fragt, ob der Bootloader schon antwortet</translation>
        </message>
        <message>
            <source>Back</source>
            <translation>Zurück</translation>
        </message>
        <message>
            <source>Cancel recovery</source>
            <translation>Abbrechen</translation>
        </message>
        <message>
            <source>Connect the cable and choose its port</source>
            <translation>Kabel anschließen und Port wählen</translation>
        </message>
        <message>
            <source>For chargers that no longer boot. Nothing is written before you have agreed.</source>
            <translation>Für Ladestationen, die nicht mehr starten. Nichts wird geschrieben, bevor Sie zustimmen.</translation>
        </message>
        <message>
            <source>Is this the charger, and the image for it?</source>
            <translation>Ist das die Ladestation, und das Image für sie?</translation>
        </message>
        <message>
            <source>Left open</source>
            <translation>Noch offen</translation>
        </message>
        <message>
            <source>Recover {name}</source>
            <translation>{name} wiederherstellen</translation>
        </message>
        <message>
            <source>Recovery</source>
            <translation>Wiederherstellung</translation>
        </message>
        <message>
            <source>Serial log</source>
            <translation>Serielles Log</translation>
        </message>
        <message>
            <source>Step {n} of {all}</source>
            <translation>Schritt {n} von {all}</translation>
        </message>
        <message>
            <source>Stop after this step</source>
            <translation>Anhalten nach diesem Schritt</translation>
        </message>
        <message>
            <source>Stops after this step</source>
            <translation>Hält nach diesem Schritt an</translation>
        </message>
        <message>
            <source>Waiting for the charger</source>
            <translation>Wartet auf die Ladestation</translation>
        </message>
        <message>
            <source>Your decision</source>
            <translation>Ihre Entscheidung</translation>
        </message>
    </context>
    <context>
        <name>ReportsScreen</name>
        <message>
            <source>A4</source>
            <translation>A4</translation>
        </message>
        <message>
            <source>All files (*)</source>
            <translation>Alle Dateien (*)</translation>
        </message>
        <message>
            <source>Cancelled. Nothing was signed.</source>
            <translation>Abgebrochen. Nichts wurde signiert.</translation>
        </message>
        <message>
            <source>Check a file</source>
            <translation>Datei prüfen</translation>
        </message>
        <message>
            <source>Checks</source>
            <translation>Prüfungen</translation>
        </message>
        <message>
            <source>Draft, not signed</source>
            <translation>Entwurf, nicht signiert</translation>
        </message>
        <message>
            <source>Else pseudonyms</source>
            <translation>Sonst Pseudonyme</translation>
        </message>
        <message>
            <source>Every update and recovery stands here as soon as it has begun. A file can be checked now.</source>
            <translation>Jedes Update und jede Wiederherstellung steht hier, sobald sie begonnen hat. Eine Datei kann jetzt geprüft werden.</translation>
        </message>
        <message>
            <source>Evidence (*.pdf *.json)</source>
            <translation>Nachweise (*.pdf *.json)</translation>
        </message>
        <message>
            <source>Evidence to check</source>
            <translation>Zu prüfender Nachweis</translation>
        </message>
        <message>
            <source>It goes to the central system with the next sync.</source>
            <translation>Er geht mit der nächsten Synchronisation an das Zentralsystem.</translation>
        </message>
        <message>
            <source>It is too large for the sync: hand the file over yourself.</source>
            <translation>Er ist für die Synchronisation zu groß: übergeben Sie die Datei selbst.</translation>
        </message>
        <message>
            <source>Letter</source>
            <translation>US-Brief</translation>
        </message>
        <message>
            <source>Names of people</source>
            <translation>Namen von Personen</translation>
        </message>
        <message>
            <source>Nothing was done here yet</source>
            <translation>Hier wurde noch nichts getan</translation>
        </message>
        <message>
            <source>Pages</source>
            <translation>Seiten</translation>
        </message>
        <message>
            <source>Reading the records…</source>
            <translation>Liest die Einträge…</translation>
        </message>
        <message>
            <source>Reports</source>
            <translation>Berichte</translation>
        </message>
        <message>
            <source>Sign and save</source>
            <translation>Signieren und speichern</translation>
        </message>
        <message>
            <source>Signed and saved: {files}</source>
            <translation>Signiert und gespeichert: {files}</translation>
        </message>
        <message>
            <source>Signing the evidence</source>
            <translation>Signiert den Nachweis</translation>
        </message>
        <message>
            <source>What was done, and what proves it</source>
            <translation>Was getan wurde, und was es beweist</translation>
        </message>
        <message>
            <source>Where the signed evidence is saved</source>
            <translation>Wo der signierte Nachweis gespeichert wird</translation>
        </message>
        <message>
            <source>{site} · what was done, and what proves it</source>
            <translation>{site} · was getan wurde, und was es beweist</translation>
        </message>
    </context>
    <context>
        <name>RunScreen</name>
        <message>
            <source>All have ended</source>
            <translation>Alle sind zu Ende</translation>
        </message>
        <message>
            <source>All stop after this step</source>
            <translation>Alle halten nach diesem Schritt an</translation>
        </message>
        <message>
            <source>Go to the chargers</source>
            <translation>Zu den Ladestationen</translation>
        </message>
        <message>
            <source>Nothing runs</source>
            <translation>Nichts läuft</translation>
        </message>
        <message>
            <source>Nothing to stop</source>
            <translation>Nichts anzuhalten</translation>
        </message>
        <message>
            <source>Run</source>
            <translation>Lauf</translation>
        </message>
        <message>
            <source>Select chargers, press Update, and follow them here.</source>
            <translation>Wählen Sie Ladestationen, drücken Sie Aktualisieren, und verfolgen Sie sie hier.</translation>
        </message>
        <message>
            <source>Stop all after this step</source>
            <translation>Alle nach diesem Schritt anhalten</translation>
        </message>
        <message>
            <source>Time left not known yet</source>
            <translation>Restzeit noch unbekannt</translation>
        </message>
        <message>
            <source>Waits for chargers that are silent</source>
            <translation>Wartet auf stumme Ladestationen</translation>
        </message>
        <message>
            <source>{n} of {all} finished</source>
            <translation>{n} von {all} fertig</translation>
        </message>
        <message>
            <source>{time} after the wait</source>
            <translation>{time} nach dem Warten</translation>
        </message>
        <message>
            <source>{time} left</source>
            <translation>noch {time}</translation>
        </message>
    </context>
    <context>
        <name>SecondPerson</name>
        <message>
            <source>Approval file</source>
            <translation>Freigabedatei</translation>
        </message>
        <message>
            <source>Approval of a second person</source>
            <translation>Freigabe einer zweiten Person</translation>
        </message>
        <message>
            <source>Approve</source>
            <translation>Freigeben</translation>
        </message>
        <message>
            <source>Files (*.json)</source>
            <translation>Dateien (*.json)</translation>
        </message>
        <message>
            <source>PIN</source>
            <translation>PIN</translation>
        </message>
        <message>
            <source>Request for a second person</source>
            <translation>Anfrage an eine zweite Person</translation>
        </message>
        <message>
            <source>Save request</source>
            <translation>Anfrage speichern</translation>
        </message>
    </context>
    <context>
        <name>SerialLog</name>
        <message>
            <source>Copy log</source>
            <translation>Log kopieren</translation>
        </message>
        <message>
            <source>Nothing was heard yet.</source>
            <translation>Noch wurde nichts gehört.</translation>
        </message>
        <message>
            <source>Serial log</source>
            <translation>Serielles Log</translation>
        </message>
    </context>
    <context>
        <name>SettingsScreen</name>
        <message>
            <source>All {all} checks of this laptop are good.</source>
            <translation>Alle {all} Prüfungen dieses Laptops sind gut.</translation>
        </message>
        <message>
            <source>First own charger</source>
            <translation>Erste eigene Ladestation</translation>
        </message>
        <message>
            <source>Settings</source>
            <translation>Einstellungen</translation>
        </message>
        <message>
            <source>Test again</source>
            <translation>Neu prüfen</translation>
        </message>
        <message>
            <source>{n} of {all} checks of this laptop need a fix.</source>
            <translation>{n} von {all} Prüfungen dieses Laptops brauchen Abhilfe.</translation>
        </message>
    </context>
    <context>
        <name>ShortcutList</name>
        <message>
            <source>Keyboard shortcuts</source>
            <translation>Tastenkürzel</translation>
        </message>
    </context>
    <context>
        <name>StatusBar</name>
        <message>
            <source>Named in every record</source>
            <translation>In jedem Eintrag genannt</translation>
        </message>
        <message>
            <source>THROW-AWAY KEYS</source>
            <translation>WEGWERFSCHLÜSSEL</translation>
        </message>
        <message>
            <source>Training keys: what is signed here proves nothing.</source>
            <translation>Übungsschlüssel: was hier signiert wird, beweist nichts.</translation>
        </message>
    </context>
    <context>
        <name>TokenPin</name>
        <message>
            <source>PIN</source>
            <translation>PIN</translation>
        </message>
        <message>
            <source>PIN of the token {token}</source>
            <translation>PIN des Tokens {token}</translation>
        </message>
        <message>
            <source>This laptop's key is on it. Nothing is signed without the PIN.</source>
            <translation>Der Schlüssel dieses Laptops ist darauf. Ohne die PIN wird nichts signiert.</translation>
        </message>
        <message>
            <source>Unlock</source>
            <translation>Entsperren</translation>
        </message>
    </context>
    <context>
        <name>TroubleBox</name>
        <message>
            <source>Copy details</source>
            <translation>Details kopieren</translation>
        </message>
    </context>
    <context>
        <name>_AimChoice</name>
        <message>
            <source>Baseline of the site</source>
            <translation>Sollstand des Standorts</translation>
        </message>
        <message>
            <source>Bring all to</source>
            <translation>Alle bringen auf</translation>
        </message>
        <message>
            <source>Newest releases</source>
            <translation>Neueste Releases</translation>
        </message>
    </context>
    <context>
        <name>_Connections</name>
        <message>
            <source>Connections</source>
            <translation>Verbindungen</translation>
        </message>
        <message>
            <source>Save</source>
            <translation>Speichern</translation>
        </message>
    </context>
    <context>
        <name>_Doctor</name>
        <message>
            <source>Self-test</source>
            <translation>Selbsttest</translation>
        </message>
        <message>
            <source>at {time}</source>
            <translation>um {time}</translation>
        </message>
        <message>
            <source>testing…</source>
            <translation>prüft…</translation>
        </message>
    </context>
    <context>
        <name>_Rail</name>
        <message>
            <source>Keys</source>
            <translation>Tasten</translation>
        </message>
        <message>
            <source>Theme</source>
            <translation>Schema</translation>
        </message>
    </context>
    <context>
        <name>_RailButton</name>
        <message>
            <source>{n} under way</source>
            <translation>{n} in Arbeit</translation>
        </message>
    </context>
    <context>
        <name>_Row</name>
        <message>
            <source>Waive</source>
            <translation>Erlassen</translation>
        </message>
    </context>
    <context>
        <name>_Slots</name>
        <message>
            <source>Slots</source>
            <translation>Slots</translation>
        </message>
    </context>
    <context>
        <name>names</name>
        <message>
            <source>Add a charger by its address</source>
            <translation>Eine Ladestation mit ihrer Adresse hinzufügen</translation>
        </message>
        <message>
            <source>Add a firmware file</source>
            <translation>Eine Firmwaredatei hinzufügen</translation>
        </message>
        <message>
            <source>Add root of trust</source>
            <translation>Vertrauensanker hinzufügen</translation>
        </message>
        <message>
            <source>Add this address</source>
            <translation>Diese Adresse hinzufügen</translation>
        </message>
        <message>
            <source>Address of another line</source>
            <translation>Adresse einer anderen Leitung</translation>
        </message>
        <message>
            <source>Address of the charger</source>
            <translation>Adresse der Ladestation</translation>
        </message>
        <message>
            <source>Alarm of the audit log</source>
            <translation>Alarm des Protokolls</translation>
        </message>
        <message>
            <source>All findings: {names}, {component}</source>
            <translation>Alle Befunde: {names}, {component}</translation>
        </message>
        <message>
            <source>Approve as the second person</source>
            <translation>Als zweite Person freigeben</translation>
        </message>
        <message>
            <source>Audit records</source>
            <translation>Protokolleinträge</translation>
        </message>
        <message>
            <source>Back to the chargers</source>
            <translation>Zurück zu den Ladestationen</translation>
        </message>
        <message>
            <source>Back to the instruction</source>
            <translation>Zurück zur Anweisung</translation>
        </message>
        <message>
            <source>Begin another recovery</source>
            <translation>Eine andere Wiederherstellung beginnen</translation>
        </message>
        <message>
            <source>Bring it back</source>
            <translation>Wiederherstellen</translation>
        </message>
        <message>
            <source>Bring to the baseline of the site</source>
            <translation>Auf den Sollstand des Standorts bringen</translation>
        </message>
        <message>
            <source>Bring to the newest releases</source>
            <translation>Auf die neuesten Releases bringen</translation>
        </message>
        <message>
            <source>Cancel or stop the recovery</source>
            <translation>Die Wiederherstellung abbrechen oder anhalten</translation>
        </message>
        <message>
            <source>Cancel what is being done</source>
            <translation>Abbrechen, was gerade getan wird</translation>
        </message>
        <message>
            <source>Chargers on this site</source>
            <translation>Ladestationen an diesem Standort</translation>
        </message>
        <message>
            <source>Check a file of evidence</source>
            <translation>Eine Nachweisdatei prüfen</translation>
        </message>
        <message>
            <source>Check again</source>
            <translation>Noch einmal prüfen</translation>
        </message>
        <message>
            <source>Check this file again</source>
            <translation>Diese Datei noch einmal prüfen</translation>
        </message>
        <message>
            <source>Choose: {what}</source>
            <translation>Wählen: {what}</translation>
        </message>
        <message>
            <source>Close details</source>
            <translation>Details schließen</translation>
        </message>
        <message>
            <source>Close shortcuts</source>
            <translation>Tastenkürzel schließen</translation>
        </message>
        <message>
            <source>Close the result</source>
            <translation>Das Ergebnis schließen</translation>
        </message>
        <message>
            <source>Copy details</source>
            <translation>Details kopieren</translation>
        </message>
        <message>
            <source>Copy fix: {name}</source>
            <translation>Abhilfe kopieren: {name}</translation>
        </message>
        <message>
            <source>Copy the serial log</source>
            <translation>Das serielle Log kopieren</translation>
        </message>
        <message>
            <source>Copy this record as JSON</source>
            <translation>Diesen Eintrag als JSON kopieren</translation>
        </message>
        <message>
            <source>Details of the charger</source>
            <translation>Details der Ladestation</translation>
        </message>
        <message>
            <source>Details of the record</source>
            <translation>Details des Eintrags</translation>
        </message>
        <message>
            <source>Details of the release</source>
            <translation>Details des Releases</translation>
        </message>
        <message>
            <source>Dismiss message</source>
            <translation>Meldung ausblenden</translation>
        </message>
        <message>
            <source>Do not override</source>
            <translation>Nicht übergehen</translation>
        </message>
        <message>
            <source>Do not use the token</source>
            <translation>Das Token nicht benutzen</translation>
        </message>
        <message>
            <source>Do not waive: {rule}</source>
            <translation>Nicht erlassen: {rule}</translation>
        </message>
        <message>
            <source>Evidence of {name}</source>
            <translation>Nachweis von {name}</translation>
        </message>
        <message>
            <source>Export a bundle</source>
            <translation>Ein Paket exportieren</translation>
        </message>
        <message>
            <source>Export all records</source>
            <translation>Alle Einträge exportieren</translation>
        </message>
        <message>
            <source>Export what central has not confirmed</source>
            <translation>Exportieren, was das Zentralsystem nicht bestätigt hat</translation>
        </message>
        <message>
            <source>File of the root of trust</source>
            <translation>Datei des Vertrauensankers</translation>
        </message>
        <message>
            <source>Filter: All</source>
            <translation>Filter: Alle</translation>
        </message>
        <message>
            <source>Filter: Needs attention</source>
            <translation>Filter: Braucht Sie</translation>
        </message>
        <message>
            <source>Filter: Needs update</source>
            <translation>Filter: Update nötig</translation>
        </message>
        <message>
            <source>Filter: Up to date</source>
            <translation>Filter: Aktuell</translation>
        </message>
        <message>
            <source>Filter: Updating</source>
            <translation>Filter: In Arbeit</translation>
        </message>
        <message>
            <source>Filter: all releases</source>
            <translation>Filter: alle Releases</translation>
        </message>
        <message>
            <source>Filter: this site</source>
            <translation>Filter: dieser Standort</translation>
        </message>
        <message>
            <source>Find charger</source>
            <translation>Ladestation finden</translation>
        </message>
        <message>
            <source>Find records</source>
            <translation>Einträge suchen</translation>
        </message>
        <message>
            <source>Fingerprint of the root of trust</source>
            <translation>Fingerabdruck des Vertrauensankers</translation>
        </message>
        <message>
            <source>Firmware on this laptop</source>
            <translation>Firmware auf diesem Laptop</translation>
        </message>
        <message>
            <source>Firmware slots of the charger</source>
            <translation>Firmware-Slots der Ladestation</translation>
        </message>
        <message>
            <source>Glove mode</source>
            <translation>Handschuhmodus</translation>
        </message>
        <message>
            <source>Go on with this recovery</source>
            <translation>Mit dieser Wiederherstellung weitermachen</translation>
        </message>
        <message>
            <source>Host key fingerprint</source>
            <translation>Fingerabdruck des Hostschlüssels</translation>
        </message>
        <message>
            <source>How it runs</source>
            <translation>Wie es läuft</translation>
        </message>
        <message>
            <source>Import a bundle</source>
            <translation>Ein Paket importieren</translation>
        </message>
        <message>
            <source>Import a receipt</source>
            <translation>Eine Quittung importieren</translation>
        </message>
        <message>
            <source>Import site file</source>
            <translation>Standortdatei importieren</translation>
        </message>
        <message>
            <source>It does not: {cause}</source>
            <translation>Tut sie nicht: {cause}</translation>
        </message>
        <message>
            <source>Keep fieldtool open</source>
            <translation>fieldtool offen lassen</translation>
        </message>
        <message>
            <source>Keep this file, or no longer</source>
            <translation>Diese Datei behalten, oder nicht mehr</translation>
        </message>
        <message>
            <source>Keyboard shortcuts</source>
            <translation>Tastenkürzel</translation>
        </message>
        <message>
            <source>Lines of the log</source>
            <translation>Zeilen des Logs</translation>
        </message>
        <message>
            <source>Log of the run</source>
            <translation>Log des Laufs</translation>
        </message>
        <message>
            <source>Look at every record again</source>
            <translation>Jeden Eintrag noch einmal ansehen</translation>
        </message>
        <message>
            <source>Look for ports again</source>
            <translation>Noch einmal nach Ports suchen</translation>
        </message>
        <message>
            <source>Model of the charger</source>
            <translation>Modell der Ladestation</translation>
        </message>
        <message>
            <source>Name of the second person</source>
            <translation>Name der zweiten Person</translation>
        </message>
        <message>
            <source>Next page</source>
            <translation>Nächste Seite</translation>
        </message>
        <message>
            <source>Next theme</source>
            <translation>Nächstes Farbschema</translation>
        </message>
        <message>
            <source>Override for this reason</source>
            <translation>Aus diesem Grund übergehen</translation>
        </message>
        <message>
            <source>Override: {names}, {component}</source>
            <translation>Übergehen: {names}, {component}</translation>
        </message>
        <message>
            <source>PIN of the second person</source>
            <translation>PIN der zweiten Person</translation>
        </message>
        <message>
            <source>PIN of the token</source>
            <translation>PIN des Tokens</translation>
        </message>
        <message>
            <source>Page before</source>
            <translation>Seite davor</translation>
        </message>
        <message>
            <source>Page of the evidence</source>
            <translation>Seite des Nachweises</translation>
        </message>
        <message>
            <source>Paper size</source>
            <translation>Papiergröße</translation>
        </message>
        <message>
            <source>Password or private key</source>
            <translation>Passwort oder privater Schlüssel</translation>
        </message>
        <message>
            <source>Phases of every charger on a time axis</source>
            <translation>Phasen jeder Ladestation auf einer Zeitachse</translation>
        </message>
        <message>
            <source>Phases of the update</source>
            <translation>Phasen des Updates</translation>
        </message>
        <message>
            <source>Pin host key</source>
            <translation>Hostschlüssel festlegen</translation>
        </message>
        <message>
            <source>Put this right</source>
            <translation>Das in Ordnung bringen</translation>
        </message>
        <message>
            <source>Records of this person</source>
            <translation>Einträge dieser Person</translation>
        </message>
        <message>
            <source>Records since</source>
            <translation>Einträge seit</translation>
        </message>
        <message>
            <source>Records: all</source>
            <translation>Einträge: alle</translation>
        </message>
        <message>
            <source>Records: decisions by people</source>
            <translation>Einträge: Entscheidungen von Menschen</translation>
        </message>
        <message>
            <source>Records: pending</source>
            <translation>Einträge: offen</translation>
        </message>
        <message>
            <source>Records: refused or failed</source>
            <translation>Einträge: abgelehnt oder fehlgeschlagen</translation>
        </message>
        <message>
            <source>Remove files that nobody needs</source>
            <translation>Dateien entfernen, die niemand braucht</translation>
        </message>
        <message>
            <source>Results of the run</source>
            <translation>Ergebnisse des Laufs</translation>
        </message>
        <message>
            <source>Resume the run of {name}</source>
            <translation>Den Lauf von {name} fortsetzen</translation>
        </message>
        <message>
            <source>Runs and visits</source>
            <translation>Läufe und Besuche</translation>
        </message>
        <message>
            <source>Save a request for a second person</source>
            <translation>Eine Anfrage an eine zweite Person speichern</translation>
        </message>
        <message>
            <source>Save: {title}</source>
            <translation>Speichern: {title}</translation>
        </message>
        <message>
            <source>Scan</source>
            <translation>Suchen</translation>
        </message>
        <message>
            <source>Screen: Audit</source>
            <translation>Seite: Protokoll</translation>
        </message>
        <message>
            <source>Screen: Chargers</source>
            <translation>Seite: Ladestationen</translation>
        </message>
        <message>
            <source>Screen: Firmware</source>
            <translation>Seite: Firmware</translation>
        </message>
        <message>
            <source>Screen: Plan</source>
            <translation>Seite: Plan</translation>
        </message>
        <message>
            <source>Screen: Recovery</source>
            <translation>Seite: Wiederherstellung</translation>
        </message>
        <message>
            <source>Screen: Reports</source>
            <translation>Seite: Berichte</translation>
        </message>
        <message>
            <source>Screen: Run</source>
            <translation>Seite: Lauf</translation>
        </message>
        <message>
            <source>Screen: Settings</source>
            <translation>Seite: Einstellungen</translation>
        </message>
        <message>
            <source>Select all that can be updated</source>
            <translation>Alle wählen, die aktualisiert werden können</translation>
        </message>
        <message>
            <source>Serial log</source>
            <translation>Serielles Log</translation>
        </message>
        <message>
            <source>Serial number for the host key</source>
            <translation>Seriennummer für den Hostschlüssel</translation>
        </message>
        <message>
            <source>Serial number for the login</source>
            <translation>Seriennummer für den Zugang</translation>
        </message>
        <message>
            <source>Serial number on its label</source>
            <translation>Seriennummer auf dem Typenschild</translation>
        </message>
        <message>
            <source>Set up this laptop</source>
            <translation>Diesen Laptop einrichten</translation>
        </message>
        <message>
            <source>Setting: {title}</source>
            <translation>Einstellung: {title}</translation>
        </message>
        <message>
            <source>Show all records</source>
            <translation>Alle Einträge zeigen</translation>
        </message>
        <message>
            <source>Show names of people</source>
            <translation>Namen von Personen zeigen</translation>
        </message>
        <message>
            <source>Show or hide the serial log</source>
            <translation>Das serielle Log zeigen oder verbergen</translation>
        </message>
        <message>
            <source>Show the pages</source>
            <translation>Die Seiten zeigen</translation>
        </message>
        <message>
            <source>Show the records of this run</source>
            <translation>Die Einträge dieses Laufs zeigen</translation>
        </message>
        <message>
            <source>Show what fails: {name}</source>
            <translation>Zeigen, was durchfällt: {name}</translation>
        </message>
        <message>
            <source>Show what is missing</source>
            <translation>Zeigen, was fehlt</translation>
        </message>
        <message>
            <source>Show what to do: {name}</source>
            <translation>Zeigen, was zu tun ist: {name}</translation>
        </message>
        <message>
            <source>Show why: {name}</source>
            <translation>Zeigen, warum: {name}</translation>
        </message>
        <message>
            <source>Sign evidence and save it</source>
            <translation>Nachweis signieren und speichern</translation>
        </message>
        <message>
            <source>Site file</source>
            <translation>Standortdatei</translation>
        </message>
        <message>
            <source>Start the recovery on this port</source>
            <translation>Die Wiederherstellung an diesem Port beginnen</translation>
        </message>
        <message>
            <source>Start the update</source>
            <translation>Das Update beginnen</translation>
        </message>
        <message>
            <source>Steps of the recovery</source>
            <translation>Schritte der Wiederherstellung</translation>
        </message>
        <message>
            <source>Stop after this step</source>
            <translation>Anhalten nach diesem Schritt</translation>
        </message>
        <message>
            <source>Stop after this step and close</source>
            <translation>Nach diesem Schritt anhalten und schließen</translation>
        </message>
        <message>
            <source>Stop all after this step</source>
            <translation>Alle nach diesem Schritt anhalten</translation>
        </message>
        <message>
            <source>Store login</source>
            <translation>Zugang speichern</translation>
        </message>
        <message>
            <source>Sync now</source>
            <translation>Jetzt synchronisieren</translation>
        </message>
        <message>
            <source>Take an approval file</source>
            <translation>Eine Freigabedatei annehmen</translation>
        </message>
        <message>
            <source>Test again</source>
            <translation>Neu prüfen</translation>
        </message>
        <message>
            <source>Text size {percent} %</source>
            <translation>Schriftgröße {percent} %</translation>
        </message>
        <message>
            <source>The step is done</source>
            <translation>Der Schritt ist getan</translation>
        </message>
        <message>
            <source>Theme: {name}</source>
            <translation>Farbschema: {name}</translation>
        </message>
        <message>
            <source>This step is done</source>
            <translation>Dieser Schritt ist getan</translation>
        </message>
        <message>
            <source>Throughput of the last two minutes</source>
            <translation>Durchsatz der letzten zwei Minuten</translation>
        </message>
        <message>
            <source>Update selected chargers</source>
            <translation>Gewählte Ladestationen aktualisieren</translation>
        </message>
        <message>
            <source>Update {names}</source>
            <translation>{names} aktualisieren</translation>
        </message>
        <message>
            <source>Use this PIN</source>
            <translation>Diese PIN benutzen</translation>
        </message>
        <message>
            <source>Use this port: {port}</source>
            <translation>Diesen Port benutzen: {port}</translation>
        </message>
        <message>
            <source>Waive for this reason: {rule}</source>
            <translation>Aus diesem Grund erlassen: {rule}</translation>
        </message>
        <message>
            <source>Waive: {rule}</source>
            <translation>Erlassen: {rule}</translation>
        </message>
        <message>
            <source>What the health check found</source>
            <translation>Was die Funktionsprüfung fand</translation>
        </message>
        <message>
            <source>What would be updated</source>
            <translation>Was aktualisiert würde</translation>
        </message>
        <message>
            <source>Why it is overridden</source>
            <translation>Warum es übergangen wird</translation>
        </message>
        <message>
            <source>Why it is waived: {rule}</source>
            <translation>Warum es erlassen wird: {rule}</translation>
        </message>
        <message>
            <source>Withdraw the override: {names}, {component}</source>
            <translation>Nicht mehr übergehen: {names}, {component}</translation>
        </message>
        <message>
            <source>Write the image</source>
            <translation>Das Image schreiben</translation>
        </message>
    </context>
    <context>
        <name>texts</name>
        <message>
            <source>A PIN for the second person is needed, and there is no terminal to ask on.</source>
            <translation>Eine PIN für die zweite Person wird gebraucht, und es gibt kein Terminal, um danach zu fragen.</translation>
        </message>
        <message>
            <source>A charger of the kind {kind} cannot have the fault {name}.</source>
            <translation>Eine Ladestation der Art {kind} kann den Fehler {name} nicht haben.</translation>
        </message>
        <message>
            <source>A charger that looks at its clock may refuse it. Ask the maker for a newer release.</source>
            <translation>Eine Ladestation, die auf ihre Uhr sieht, weist es vielleicht ab. Bitten Sie den Hersteller um ein neueres Release.</translation>
        </message>
        <message>
            <source>A connection that broke off still holds the firmware file on the charger: {detail}.</source>
            <translation>Eine abgebrochene Verbindung hält die Firmwaredatei auf der Ladestation noch fest: {detail}.</translation>
        </message>
        <message>
            <source>A copy of this laptop is in use, or it was set back. Stop working with it and tell your operator.</source>
            <translation>Eine Kopie dieses Laptops ist in Gebrauch, oder er wurde zurückgesetzt. Arbeiten Sie nicht weiter mit ihm und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>A copy of this laptop is in use, or it was set back. Stop working with this laptop and tell your operator.</source>
            <translation>Eine Kopie dieses Laptops ist in Gebrauch, oder er wurde zurückgesetzt. Arbeiten Sie nicht weiter mit diesem Laptop und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>A copy of this laptop is in use, or it was set back. Take it out of use, find out which, and let it in again with a new data folder. Both records are kept.</source>
            <translation>Eine Kopie dieses Laptops ist in Gebrauch, oder er wurde zurückgesetzt. Nehmen Sie ihn außer Gebrauch, klären Sie, was zutrifft, und lassen Sie ihn mit neuem Datenordner wieder zu. Beide Einträge bleiben erhalten.</translation>
        </message>
        <message>
            <source>A copy of this laptop is in use, or its key was stolen. Shut it out: fieldtool central laptop revoke.</source>
            <translation>Eine Kopie dieses Laptops ist in Gebrauch, oder sein Schlüssel wurde gestohlen. Schließen Sie ihn aus: fieldtool central laptop revoke.</translation>
        </message>
        <message>
            <source>A data folder was copied between laptops. Nothing was kept. Find the copy, and use it on one laptop only.</source>
            <translation>Ein Datenordner wurde zwischen Laptops kopiert. Nichts wurde behalten. Finden Sie die Kopie und benutzen Sie den Ordner nur auf einem Laptop.</translation>
        </message>
        <message>
            <source>A document of the director ({document}) is not usable: {field} {why}.</source>
            <translation>Ein Dokument des Directors ({document}) ist nicht brauchbar: {field} {why}.</translation>
        </message>
        <message>
            <source>A field is empty.</source>
            <translation>Ein Feld ist leer.</translation>
        </message>
        <message>
            <source>A grant from here lasts at most {days} days.</source>
            <translation>Eine Berechtigung von hier gilt höchstens {days} Tage.</translation>
        </message>
        <message>
            <source>A passphrase is needed, and there is no terminal to ask on.</source>
            <translation>Eine Passphrase wird gebraucht, und es gibt kein Terminal, um danach zu fragen.</translation>
        </message>
        <message>
            <source>A repository cannot be made like this: {detail}.</source>
            <translation>So lässt sich kein Repository anlegen: {detail}.</translation>
        </message>
        <message>
            <source>A second person must agree to “{action}” with {target}.</source>
            <translation>Eine zweite Person muss „{action}“ mit {target} zustimmen.</translation>
        </message>
        <message>
            <source>A virtual charger has no fault named {name}.</source>
            <translation>Eine virtuelle Ladestation hat keinen Fehler namens {name}.</translation>
        </message>
        <message>
            <source>A work order names {target}, the image repository does not.</source>
            <translation>Ein Auftrag nennt {target}, das Image-Repository nicht.</translation>
        </message>
        <message>
            <source>Accept the vendor's root of trust.</source>
            <translation>Nehmen Sie den Vertrauensanker des Herstellers an.</translation>
        </message>
        <message>
            <source>Add it to the site file with its serial number, profile and host key, then: fieldtool site import FILE.</source>
            <translation>Tragen Sie sie mit Seriennummer, Profil und Hostschlüssel in die Standortdatei ein, dann: fieldtool site import FILE.</translation>
        </message>
        <message>
            <source>Add your vendor's: fieldtool trust add ROOT.json --fingerprint SHA256.</source>
            <translation>Fügen Sie den Ihres Herstellers hinzu: fieldtool trust add ROOT.json --fingerprint SHA256.</translation>
        </message>
        <message>
            <source>After its first start the charger runs {found}, not {expected}.</source>
            <translation>Nach ihrem ersten Start läuft die Ladestation mit {found}, nicht {expected}.</translation>
        </message>
        <message>
            <source>Agree by typing yes at a terminal, or, from a program, with --yes.</source>
            <translation>Stimmen Sie zu, indem Sie am Terminal yes eintippen, oder aus einem Programm mit --yes.</translation>
        </message>
        <message>
            <source>All its checks pass but those that did not before the update: {found}.</source>
            <translation>Alle ihre Prüfungen sind bestanden, außer denen, die schon vor dem Update nicht bestanden waren: {found}.</translation>
        </message>
        <message>
            <source>All its checks pass.</source>
            <translation>Alle ihre Prüfungen sind bestanden.</translation>
        </message>
        <message>
            <source>All of this has held for {found} of {expected} seconds.</source>
            <translation>All das ist seit {found} von {expected} Sekunden so.</translation>
        </message>
        <message>
            <source>All of this held for {found} seconds; {expected} were asked for.</source>
            <translation>All das blieb {found} Sekunden so; {expected} waren verlangt.</translation>
        </message>
        <message>
            <source>All {found} settings are what they should be.</source>
            <translation>Alle {found} Einstellungen sind, wie sie sein sollen.</translation>
        </message>
        <message>
            <source>Allowed: {allowed}.</source>
            <translation>Erlaubt: {allowed}.</translation>
        </message>
        <message>
            <source>An earlier run on charger {serial} is not finished.</source>
            <translation>Ein früherer Lauf an der Ladestation {serial} ist nicht beendet.</translation>
        </message>
        <message>
            <source>An earlier stage is done. It looks at the charger and goes on with the next stage, or takes that one back.</source>
            <translation>Eine frühere Stufe ist fertig. Der Lauf sieht nach der Ladestation und macht mit der nächsten Stufe weiter oder nimmt jene zurück.</translation>
        </message>
        <message>
            <source>An installation is already going on on the charger.</source>
            <translation>Auf der Ladestation läuft bereits eine Installation.</translation>
        </message>
        <message>
            <source>An old copy of the database was put back: it ends at audit record {found} of {expected}.</source>
            <translation>Eine alte Kopie der Datenbank wurde zurückgespielt: Sie endet beim Protokolleintrag {found} von {expected}.</translation>
        </message>
        <message>
            <source>Another fieldtool has been writing for {seconds} seconds.</source>
            <translation>Ein anderes fieldtool schreibt seit {seconds} Sekunden.</translation>
        </message>
        <message>
            <source>Another program reads from {port} at the same time.</source>
            <translation>Ein anderes Programm liest gleichzeitig von {port}.</translation>
        </message>
        <message>
            <source>Ask for a new one, and make sure that the clocks of both laptops are right.</source>
            <translation>Bitten Sie um eine neue und vergewissern Sie sich, dass die Uhren beider Laptops stimmen.</translation>
        </message>
        <message>
            <source>Ask for the file again, and send it as a file.</source>
            <translation>Bitten Sie noch einmal um die Datei und darum, sie als Datei zu senden.</translation>
        </message>
        <message>
            <source>Ask it to let the laptop in: fieldtool enrol URL --fingerprint FINGERPRINT.</source>
            <translation>Bitten Sie es, den Laptop zuzulassen: fieldtool enrol URL --fingerprint FINGERPRINT.</translation>
        </message>
        <message>
            <source>Ask somebody else to approve.</source>
            <translation>Bitten Sie jemand anderen um die Freigabe.</translation>
        </message>
        <message>
            <source>Ask somebody who has it.</source>
            <translation>Fragen Sie jemanden, der sie hat.</translation>
        </message>
        <message>
            <source>Ask somebody who may, or leave it out.</source>
            <translation>Fragen Sie jemanden, der es darf, oder lassen Sie es weg.</translation>
        </message>
        <message>
            <source>Ask somebody whom a grant lets approve, or ask the operator for such a grant, then sync.</source>
            <translation>Fragen Sie jemanden, dem eine Berechtigung die Freigabe erlaubt, oder bitten Sie den Betreiber um eine solche, dann synchronisieren Sie.</translation>
        </message>
        <message>
            <source>Ask the operator for a grant for “{action}” (key {key}), then sync.</source>
            <translation>Bitten Sie den Betreiber um eine Berechtigung für „{action}“ (Schlüssel {key}), dann synchronisieren Sie.</translation>
        </message>
        <message>
            <source>Ask the operator for a grant that covers this charger, then sync.</source>
            <translation>Bitten Sie den Betreiber um eine Berechtigung, die diese Ladestation umfasst, dann synchronisieren Sie.</translation>
        </message>
        <message>
            <source>Ask the operator for a new grant with a PIN, then sync.</source>
            <translation>Bitten Sie den Betreiber um eine neue Berechtigung mit PIN, dann synchronisieren Sie.</translation>
        </message>
        <message>
            <source>Ask the operator for a new grant, then sync.</source>
            <translation>Bitten Sie den Betreiber um eine neue und synchronisieren Sie.</translation>
        </message>
        <message>
            <source>Ask the operator for a new work order, then sync.</source>
            <translation>Bitten Sie den Betreiber um einen neuen Auftrag, dann synchronisieren Sie.</translation>
        </message>
        <message>
            <source>Ask the operator for a work order that names it too, or for a release that needs no way back.</source>
            <translation>Bitten Sie den Betreiber um einen Auftrag, der auch diese Firmware nennt, oder um ein Release, das keinen Rückweg braucht.</translation>
        </message>
        <message>
            <source>Ask the operator why, and for another grant.</source>
            <translation>Klären Sie beim Betreiber, warum, und bitten Sie um eine andere.</translation>
        </message>
        <message>
            <source>Ask the vendor for the release that is made for this charger.</source>
            <translation>Bitten Sie den Hersteller um das Release, das für diese Ladestation gemacht ist.</translation>
        </message>
        <message>
            <source>Ask to be let in again: fieldtool enrol. Somebody has to approve it.</source>
            <translation>Bitten Sie erneut um Zulassung: fieldtool enrol. Jemand muss sie bestätigen.</translation>
        </message>
        <message>
            <source>Ask whoever issued the order.</source>
            <translation>Fragen Sie, wer den Auftrag erteilt hat.</translation>
        </message>
        <message>
            <source>Ask whoever publishes it.</source>
            <translation>Fragen Sie den Herausgeber.</translation>
        </message>
        <message>
            <source>Ask whoever runs the central system for another one.</source>
            <translation>Bitten Sie den Betreiber des Zentralsystems um ein anderes.</translation>
        </message>
        <message>
            <source>Ask whoever runs the central system.</source>
            <translation>Fragen Sie, wer das Zentralsystem betreibt.</translation>
        </message>
        <message>
            <source>Ask your operator for a work order, then sync or import a bundle.</source>
            <translation>Bitten Sie Ihren Betreiber um einen Auftrag, dann synchronisieren Sie oder importieren Sie ein Paket.</translation>
        </message>
        <message>
            <source>Ask your vendor for a valid file.</source>
            <translation>Bitten Sie Ihren Hersteller um eine gültige Datei.</translation>
        </message>
        <message>
            <source>Ask your vendor for the current one.</source>
            <translation>Bitten Sie Ihren Hersteller um den aktuellen.</translation>
        </message>
        <message>
            <source>At the place of audit record {seq} stands record {found}.</source>
            <translation>An der Stelle des Protokolleintrags {seq} steht der Eintrag {found}.</translation>
        </message>
        <message>
            <source>Audit record {seq} belongs to another log ({found}…).</source>
            <translation>Der Protokolleintrag {seq} gehört zu einem anderen Protokoll ({found}…).</translation>
        </message>
        <message>
            <source>Audit record {seq} cannot be read: {detail}.</source>
            <translation>Der Protokolleintrag {seq} kann nicht gelesen werden: {detail}.</translation>
        </message>
        <message>
            <source>Audit record {seq} does not follow the one before it.</source>
            <translation>Der Protokolleintrag {seq} folgt nicht auf den davor.</translation>
        </message>
        <message>
            <source>Audit record {seq} introduces a new key in a way that proves nothing.</source>
            <translation>Der Protokolleintrag {seq} führt einen neuen Schlüssel auf eine Art ein, die nichts beweist.</translation>
        </message>
        <message>
            <source>Audit record {seq} is another one than this laptop had written there.</source>
            <translation>Der Protokolleintrag {seq} ist ein anderer, als dieser Laptop dort geschrieben hatte.</translation>
        </message>
        <message>
            <source>Audit record {seq} is missing.</source>
            <translation>Der Protokolleintrag {seq} fehlt.</translation>
        </message>
        <message>
            <source>Audit record {seq} is signed with the key {key}, which had ended before.</source>
            <translation>Der Protokolleintrag {seq} ist mit dem Schlüssel {key} signiert, der vorher geendet hatte.</translation>
        </message>
        <message>
            <source>Audit record {seq} is signed with the key {key}, which no record before it introduced.</source>
            <translation>Der Protokolleintrag {seq} ist mit dem Schlüssel {key} signiert, den kein Eintrag davor eingeführt hat.</translation>
        </message>
        <message>
            <source>Audit record {seq} was altered: its signature does not fit.</source>
            <translation>Der Protokolleintrag {seq} wurde verändert: Seine Signatur passt nicht.</translation>
        </message>
        <message>
            <source>Battery at {percent} %.</source>
            <translation>Akku bei {percent} %.</translation>
        </message>
        <message>
            <source>Be sure before you try again, or ask whoever gave you the token.</source>
            <translation>Seien Sie sicher, bevor Sie es erneut versuchen, oder fragen Sie, wer Ihnen das Token gegeben hat.</translation>
        </message>
        <message>
            <source>Begin no update with this data folder. Keep it as it is and tell your operator.</source>
            <translation>Beginnen Sie mit diesem Datenordner kein Update. Lassen Sie ihn, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Begin with a fresh copy (fieldtool central direct export FOLDER), change and sign that, then bring it here.</source>
            <translation>Beginnen Sie mit einer frischen Kopie (fieldtool central direct export FOLDER), ändern und signieren Sie diese, dann bringen Sie sie her.</translation>
        </message>
        <message>
            <source>Bring one here: fieldtool central direct images MIRROR --root ROOT.json --fingerprint SHA256.</source>
            <translation>Bringen Sie einen her: fieldtool central direct images MIRROR --root ROOT.json --fingerprint SHA256.</translation>
        </message>
        <message>
            <source>Bring the newest one. Nothing was taken.</source>
            <translation>Bringen Sie den neuesten. Nichts wurde übernommen.</translation>
        </message>
        <message>
            <source>Bringing a charger back stays possible, and is recorded. Sync as soon as you can.</source>
            <translation>Das Wiederherstellen einer Ladestation bleibt möglich und wird protokolliert. Synchronisieren Sie so bald wie möglich.</translation>
        </message>
        <message>
            <source>Certificates are out of date that were valid before: {found}.</source>
            <translation>Zertifikate sind abgelaufen, die vorher gültig waren: {found}.</translation>
        </message>
        <message>
            <source>Certificates were lost: {found}.</source>
            <translation>Zertifikate gingen verloren: {found}.</translation>
        </message>
        <message>
            <source>Charger {serial} answers and runs {found}: it has nothing to be recovered from.</source>
            <translation>Die Ladestation {serial} antwortet und läuft mit {found}: Es gibt nichts wiederherzustellen.</translation>
        </message>
        <message>
            <source>Charger {serial} has been busy with an installation for {seconds} seconds.</source>
            <translation>Die Ladestation {serial} ist seit {seconds} Sekunden mit einer Installation beschäftigt.</translation>
        </message>
        <message>
            <source>Charger {serial} has not answered for {seconds} seconds.</source>
            <translation>Die Ladestation {serial} hat seit {seconds} Sekunden nicht geantwortet.</translation>
        </message>
        <message>
            <source>Charger {serial} shows another host key. Expected {expected}, found {found}.</source>
            <translation>Die Ladestation {serial} zeigt einen anderen Hostschlüssel. Erwartet {expected}, gefunden {found}.</translation>
        </message>
        <message>
            <source>Charger {serial} was not found on this network.</source>
            <translation>Die Ladestation {serial} wurde in diesem Netz nicht gefunden.</translation>
        </message>
        <message>
            <source>Charger {serial}, as the site file names it.</source>
            <translation>Ladestation {serial}, wie die Standortdatei sie nennt.</translation>
        </message>
        <message>
            <source>Charger {serial}, as the work order names it.</source>
            <translation>Ladestation {serial}, wie der Auftrag sie nennt.</translation>
        </message>
        <message>
            <source>Check --data.</source>
            <translation>Prüfen Sie --data.</translation>
        </message>
        <message>
            <source>Check it yourself, or add the question to the profile.</source>
            <translation>Prüfen Sie es selbst oder ergänzen Sie die Frage im Profil.</translation>
        </message>
        <message>
            <source>Check it yourself.</source>
            <translation>Prüfen Sie es selbst.</translation>
        </message>
        <message>
            <source>Check it. A few wrong tries lock the token.</source>
            <translation>Prüfen Sie sie. Wenige falsche Versuche sperren das Token.</translation>
        </message>
        <message>
            <source>Check its name and its rights.</source>
            <translation>Prüfen Sie Name und Zugriffsrechte.</translation>
        </message>
        <message>
            <source>Check its network settings and the site's name server; it may not find its central system.</source>
            <translation>Prüfen Sie ihre Netzeinstellungen und den Nameserver des Standorts; vielleicht findet sie ihr Zentralsystem nicht.</translation>
        </message>
        <message>
            <source>Check its network settings; its clock may go wrong, and certificates may be refused.</source>
            <translation>Prüfen Sie ihre Netzeinstellungen; ihre Uhr kann falsch gehen, und Zertifikate können abgewiesen werden.</translation>
        </message>
        <message>
            <source>Check its network. Ask the central system whether it refuses the charger.</source>
            <translation>Prüfen Sie ihr Netz. Fragen Sie beim Zentralsystem, ob es die Ladestation abweist.</translation>
        </message>
        <message>
            <source>Check its power supply. Copy the details for support.</source>
            <translation>Prüfen Sie ihre Stromversorgung. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Check label and work order.</source>
            <translation>Prüfen Sie Typenschild und Auftrag.</translation>
        </message>
        <message>
            <source>Check that it has power, that the cable sits on its service port, and that send and receive are not swapped.</source>
            <translation>Prüfen Sie, ob sie Strom hat, ob das Kabel am Serviceport steckt und ob Senden und Empfangen nicht vertauscht sind.</translation>
        </message>
        <message>
            <source>Check that it is powered and connected, or give its address: fieldtool site import.</source>
            <translation>Prüfen Sie, ob sie Strom hat und verbunden ist, oder nennen Sie ihre Adresse: fieldtool site import.</translation>
        </message>
        <message>
            <source>Check that it is the right file.</source>
            <translation>Prüfen Sie, ob es die richtige Datei ist.</translation>
        </message>
        <message>
            <source>Check that the charger is powered and that the cable or Wi-Fi connects this laptop to its network.</source>
            <translation>Prüfen Sie, ob die Ladestation Strom hat und ob Kabel oder WLAN diesen Laptop mit ihrem Netz verbindet.</translation>
        </message>
        <message>
            <source>Check that the charger is powered, that it is the right cable, and that its profile names the right speed.</source>
            <translation>Prüfen Sie, ob die Ladestation Strom hat, ob es das richtige Kabel ist und ob ihr Profil die richtige Geschwindigkeit nennt.</translation>
        </message>
        <message>
            <source>Check the cable and the charger, then try again.</source>
            <translation>Prüfen Sie Kabel und Ladestation, dann versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Check the cable at both ends. fieldtool goes on by itself as soon as the port is back.</source>
            <translation>Prüfen Sie das Kabel an beiden Enden. fieldtool macht von selbst weiter, sobald der Port wieder da ist.</translation>
        </message>
        <message>
            <source>Check the cable. fieldtool goes on by itself as soon as the charger answers.</source>
            <translation>Prüfen Sie das Kabel. fieldtool macht von selbst weiter, sobald die Ladestation antwortet.</translation>
        </message>
        <message>
            <source>Check the connection or the folder. The catalogue on this laptop stays as it is.</source>
            <translation>Prüfen Sie die Verbindung oder den Ordner. Der Katalog auf diesem Laptop bleibt, wie er ist.</translation>
        </message>
        <message>
            <source>Check the disk and its rights.</source>
            <translation>Prüfen Sie den Datenträger und seine Rechte.</translation>
        </message>
        <message>
            <source>Check the file and the passphrase.</source>
            <translation>Prüfen Sie die Datei und die Passphrase.</translation>
        </message>
        <message>
            <source>Check the file.</source>
            <translation>Prüfen Sie die Datei.</translation>
        </message>
        <message>
            <source>Check the folder that the profile names and its rights, then try again.</source>
            <translation>Prüfen Sie den im Profil genannten Ordner und seine Rechte, dann versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Check the meter's cable. Copy the details for support.</source>
            <translation>Prüfen Sie das Kabel des Zählers. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Check the name of the key (object=) or its id, or make one.</source>
            <translation>Prüfen Sie den Namen des Schlüssels (object=) oder seine id oder erzeugen Sie einen.</translation>
        </message>
        <message>
            <source>Check the named settings at the charger, or call support.</source>
            <translation>Prüfen Sie die genannten Einstellungen an der Ladestation oder rufen Sie den Support an.</translation>
        </message>
        <message>
            <source>Check the rights of the folder.</source>
            <translation>Prüfen Sie die Rechte des Ordners.</translation>
        </message>
        <message>
            <source>Check the setting central.url. Records stay on this laptop.</source>
            <translation>Prüfen Sie die Einstellung central.url. Die Einträge bleiben auf diesem Laptop.</translation>
        </message>
        <message>
            <source>Check the site's id and the times: fieldtool report list.</source>
            <translation>Prüfen Sie die Kennung des Standorts und die Zeiten: fieldtool report list.</translation>
        </message>
        <message>
            <source>Check the stick. For a bundle of 4 GB and more it must be formatted as exFAT, not as FAT32.</source>
            <translation>Prüfen Sie den Stick. Für ein Paket ab 4 GB muss er mit exFAT formatiert sein, nicht mit FAT32.</translation>
        </message>
        <message>
            <source>Choose a key that it has not had. A key that has ended does not come back.</source>
            <translation>Wählen Sie einen Schlüssel, den es noch nicht hatte. Ein beendeter Schlüssel kommt nicht wieder.</translation>
        </message>
        <message>
            <source>Choose a longer one.</source>
            <translation>Wählen Sie eine längere.</translation>
        </message>
        <message>
            <source>Choose a new folder for the repository.</source>
            <translation>Wählen Sie einen neuen Ordner für das Repository.</translation>
        </message>
        <message>
            <source>Choose a newer release when there is one.</source>
            <translation>Wählen Sie ein neueres Release, sobald es eines gibt.</translation>
        </message>
        <message>
            <source>Choose a newer release, or bring the other component to a version that does without.</source>
            <translation>Wählen Sie ein neueres Release oder bringen Sie die andere Komponente auf eine Version, die ohne auskommt.</translation>
        </message>
        <message>
            <source>Choose a newer release.</source>
            <translation>Wählen Sie ein neueres Release.</translation>
        </message>
        <message>
            <source>Choose a newer release. This cannot be overridden.</source>
            <translation>Wählen Sie ein neueres Release. Das lässt sich nicht übergehen.</translation>
        </message>
        <message>
            <source>Choose a profile that fits this charger in the site file, then: fieldtool site import FILE.</source>
            <translation>Wählen Sie in der Standortdatei ein passendes Profil, dann: fieldtool site import FILE.</translation>
        </message>
        <message>
            <source>Choose a release for this model.</source>
            <translation>Wählen Sie ein Release für dieses Modell.</translation>
        </message>
        <message>
            <source>Choose a release for {found}, or correct the market in the site file.</source>
            <translation>Wählen Sie ein Release für {found} oder berichtigen Sie den Markt in der Standortdatei.</translation>
        </message>
        <message>
            <source>Choose a release that does, or ask whoever publishes it.</source>
            <translation>Wählen Sie ein Release, das es sagt, oder fragen Sie den Herausgeber.</translation>
        </message>
        <message>
            <source>Choose a release that is ordered, or ask the operator for a work order, then sync.</source>
            <translation>Wählen Sie ein beauftragtes Release oder bitten Sie den Betreiber um einen Auftrag, dann synchronisieren Sie.</translation>
        </message>
        <message>
            <source>Choose a release that lists hardware {found}.</source>
            <translation>Wählen Sie ein Release, das die Hardware {found} nennt.</translation>
        </message>
        <message>
            <source>Choose a release that speaks {found}, or correct the backend in the site file.</source>
            <translation>Wählen Sie ein Release, das {found} spricht, oder berichtigen Sie das Backend in der Standortdatei.</translation>
        </message>
        <message>
            <source>Choose an earlier end.</source>
            <translation>Wählen Sie ein früheres Ende.</translation>
        </message>
        <message>
            <source>Choose another --host or --port, or stop what listens there.</source>
            <translation>Wählen Sie ein anderes --host oder --port oder beenden Sie, was dort läuft.</translation>
        </message>
        <message>
            <source>Choose another name, or let it be replaced: --force.</source>
            <translation>Wählen Sie einen anderen Namen oder lassen Sie sie ersetzen: --force.</translation>
        </message>
        <message>
            <source>Choose another name, or remove that one first.</source>
            <translation>Wählen Sie einen anderen Namen oder entfernen Sie jene zuerst.</translation>
        </message>
        <message>
            <source>Choose another release.</source>
            <translation>Wählen Sie ein anderes Release.</translation>
        </message>
        <message>
            <source>Choose one of: {known}.</source>
            <translation>Wählen Sie eines von: {known}.</translation>
        </message>
        <message>
            <source>Choose one of: {known}. Sync or import a bundle for newer ones.</source>
            <translation>Wählen Sie einen von: {known}. Für neuere synchronisieren Sie oder importieren Sie ein Paket.</translation>
        </message>
        <message>
            <source>Choose one that is longer.</source>
            <translation>Wählen Sie eine, die länger ist.</translation>
        </message>
        <message>
            <source>Choose other releases, and tell whoever publishes these.</source>
            <translation>Wählen Sie andere Releases und melden Sie es dem, der diese herausgibt.</translation>
        </message>
        <message>
            <source>Choose the profile that fits this charger in the site file.</source>
            <translation>Wählen Sie in der Standortdatei das Profil, das zu dieser Ladestation passt.</translation>
        </message>
        <message>
            <source>Choose the profile that fits: --profile ID. The model's maker knows whether it can be brought back at all.</source>
            <translation>Wählen Sie das passende Profil: --profile ID. Der Hersteller weiß, ob das Modell sich überhaupt wiederherstellen lässt.</translation>
        </message>
        <message>
            <source>Choose the release for this model and hardware.</source>
            <translation>Wählen Sie das Release für dieses Modell und diese Hardware.</translation>
        </message>
        <message>
            <source>Close it, then try again.</source>
            <translation>Schließen Sie es, dann versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Close terminal programs and other service tools. On Linux, fieldtool ports names the program.</source>
            <translation>Schließen Sie Terminalprogramme und andere Servicewerkzeuge. Unter Linux nennt fieldtool ports das Programm.</translation>
        </message>
        <message>
            <source>Close terminal programs and other service tools. On Linux, fieldtool ports tells which program it is.</source>
            <translation>Schließen Sie Terminalprogramme und andere Servicewerkzeuge. Unter Linux sagt fieldtool ports, welches Programm es ist.</translation>
        </message>
        <message>
            <source>Close the other one, try again.</source>
            <translation>Schließen Sie das andere, versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Close virtual machines and service tools that use it. On Ubuntu, the Braille service takes such cables: sudo apt remove brltty. Then plug it in again.</source>
            <translation>Schließen Sie virtuelle Maschinen und Servicewerkzeuge, die es benutzen. Unter Ubuntu belegt der Braille-Dienst solche Kabel: sudo apt remove brltty. Dann stecken Sie es neu ein.</translation>
        </message>
        <message>
            <source>Come back then, or ask the operator for another grant.</source>
            <translation>Kommen Sie dann wieder oder bitten Sie den Betreiber um eine andere Berechtigung.</translation>
        </message>
        <message>
            <source>Come back then, or correct the maintenance hours in the site file.</source>
            <translation>Kommen Sie dann wieder oder berichtigen Sie die Wartungszeiten in der Standortdatei.</translation>
        </message>
        <message>
            <source>Compare it with the laptop once more: fieldtool enrol shows it there. A request waits for seven days.</source>
            <translation>Vergleichen Sie ihn noch einmal mit dem Laptop: fieldtool enrol zeigt ihn dort. Eine Anfrage wartet sieben Tage.</translation>
        </message>
        <message>
            <source>Compare it with what central prints at start, then: fieldtool settings set central.key FINGERPRINT.</source>
            <translation>Vergleichen Sie ihn mit dem, was das Zentralsystem beim Start ausgibt, dann: fieldtool settings set central.key FINGERPRINT.</translation>
        </message>
        <message>
            <source>Compare it with what central prints when it starts, then: fieldtool settings set central.key FINGERPRINT.</source>
            <translation>Vergleichen Sie ihn mit dem, was das Zentralsystem beim Start ausgibt, dann: fieldtool settings set central.key FINGERPRINT.</translation>
        </message>
        <message>
            <source>Compare them at the charger. Where such a change is right, the site file may allow it: config_may_change.</source>
            <translation>Vergleichen Sie sie an der Ladestation. Ist die Änderung richtig, kann die Standortdatei sie erlauben: config_may_change.</translation>
        </message>
        <message>
            <source>Compare with the fingerprint that the operator gave you. If the laptop's first key, or the central system's key, is trusted, give that.</source>
            <translation>Vergleichen Sie mit dem Fingerabdruck, den der Betreiber Ihnen gab. Wird dem ersten Schlüssel des Laptops oder dem des Zentralsystems vertraut, geben Sie diesen an.</translation>
        </message>
        <message>
            <source>Compare with the label or the work order, then: fieldtool trust pin {serial} --fingerprint FINGERPRINT.</source>
            <translation>Vergleichen Sie mit Typenschild oder Auftrag, dann: fieldtool trust pin {serial} --fingerprint FINGERPRINT.</translation>
        </message>
        <message>
            <source>Compare with the order at the central system.</source>
            <translation>Vergleichen Sie mit dem Auftrag im Zentralsystem.</translation>
        </message>
        <message>
            <source>Compare with the order by hand.</source>
            <translation>Vergleichen Sie von Hand mit dem Auftrag.</translation>
        </message>
        <message>
            <source>Connect mains, or charge it to {expected} %.</source>
            <translation>Schließen Sie ihn ans Netz an oder laden Sie ihn auf {expected} %.</translation>
        </message>
        <message>
            <source>Connect the charger's cable or Wi-Fi, then scan again.</source>
            <translation>Verbinden Sie das Kabel oder WLAN der Ladestation, dann suchen Sie noch einmal.</translation>
        </message>
        <message>
            <source>Connect the charger's cable or Wi-Fi.</source>
            <translation>Verbinden Sie das Kabel oder WLAN der Ladestation.</translation>
        </message>
        <message>
            <source>Connect the charger, then press Resume.</source>
            <translation>Verbinden Sie die Ladestation, dann drücken Sie „Fortsetzen“.</translation>
        </message>
        <message>
            <source>Connect the laptop to mains.</source>
            <translation>Schließen Sie den Laptop ans Netz an.</translation>
        </message>
        <message>
            <source>Connectors are back to how they were: {found}.</source>
            <translation>Die Anschlüsse sind wieder so, wie sie waren: {found}.</translation>
        </message>
        <message>
            <source>Connectors are not back to how they were: {found}.</source>
            <translation>Anschlüsse sind nicht wieder so, wie sie waren: {found}.</translation>
        </message>
        <message>
            <source>Copy the details and send them to support.</source>
            <translation>Kopieren Sie die Details und senden Sie sie an den Support.</translation>
        </message>
        <message>
            <source>Copy the details for support.</source>
            <translation>Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Copy the file from the first machine: laptops believe one key, and all workers sign with it.</source>
            <translation>Kopieren Sie die Datei von der ersten Maschine: Die Laptops glauben einem Schlüssel, und alle Arbeitsprozesse signieren mit ihm.</translation>
        </message>
        <message>
            <source>Correct it at the charger, then run the health check again.</source>
            <translation>Beheben Sie es an der Ladestation, dann führen Sie die Funktionsprüfung noch einmal aus.</translation>
        </message>
        <message>
            <source>Correct it, or name another kind.</source>
            <translation>Berichtigen Sie sie oder nennen Sie eine andere Art.</translation>
        </message>
        <message>
            <source>Correct it, then try again.</source>
            <translation>Berichtigen Sie es, dann versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Correct it; the schema is in resources/docs/guide/site-file.md. Nothing was imported.</source>
            <translation>Berichtigen Sie sie; das Schema steht in resources/docs/guide/site-file.md. Nichts wurde importiert.</translation>
        </message>
        <message>
            <source>Correct the driver of this component in the profile.</source>
            <translation>Berichtigen Sie im Profil den Treiber dieser Komponente.</translation>
        </message>
        <message>
            <source>Correct the file. Nothing was taken from it.</source>
            <translation>Berichtigen Sie die Datei. Nichts wurde daraus übernommen.</translation>
        </message>
        <message>
            <source>Correct the inventory, or order another release.</source>
            <translation>Berichtigen Sie die Bestandsliste oder beauftragen Sie ein anderes Release.</translation>
        </message>
        <message>
            <source>Correct the order. Every laptop would refuse the image.</source>
            <translation>Berichtigen Sie den Auftrag. Jeder Laptop würde das Image ablehnen.</translation>
        </message>
        <message>
            <source>Correct the profile, or plan again.</source>
            <translation>Berichtigen Sie das Profil oder planen Sie neu.</translation>
        </message>
        <message>
            <source>Correct the profile, or use one that ships.</source>
            <translation>Berichtigen Sie das Profil oder nehmen Sie ein mitgeliefertes.</translation>
        </message>
        <message>
            <source>Correct the speed in the profile (recovery.baud), and check that the adapter has the charger's voltage.</source>
            <translation>Berichtigen Sie die Geschwindigkeit im Profil (recovery.baud) und prüfen Sie, ob der Adapter die Spannung der Ladestation hat.</translation>
        </message>
        <message>
            <source>Correct the time zone in the site file. On Windows, repair the installation of fieldtool.</source>
            <translation>Berichtigen Sie die Zeitzone in der Standortdatei. Unter Windows reparieren Sie die Installation von fieldtool.</translation>
        </message>
        <message>
            <source>Correct them all, then try again. Nothing was taken.</source>
            <translation>Berichtigen Sie alle, dann versuchen Sie es erneut. Nichts wurde übernommen.</translation>
        </message>
        <message>
            <source>Do not believe it. Ask whoever made it for the file again; the audit records at the central system count.</source>
            <translation>Glauben Sie ihm nicht. Bitten Sie den Ersteller noch einmal um die Datei; es gelten die Protokolleinträge beim Zentralsystem.</translation>
        </message>
        <message>
            <source>Do not bill with this meter. Copy the details for support.</source>
            <translation>Rechnen Sie mit diesem Zähler nicht ab. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Do not delete anything. Export the log (fieldtool audit export) and send it to your operator.</source>
            <translation>Löschen Sie nichts. Exportieren Sie das Protokoll (fieldtool audit export) und senden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Do not delete it. Copy the folder for support, then restore a backup.</source>
            <translation>Löschen Sie sie nicht. Kopieren Sie den Ordner für den Support, dann spielen Sie eine Sicherung zurück.</translation>
        </message>
        <message>
            <source>Do not switch it off now.</source>
            <translation>Schalten Sie sie jetzt nicht aus.</translation>
        </message>
        <message>
            <source>Do not use it. Ask for a new one, and tell the operator where this one came from.</source>
            <translation>Benutzen Sie sie nicht. Bitten Sie um eine neue und melden Sie dem Betreiber, woher diese kam.</translation>
        </message>
        <message>
            <source>Do not use this file. Ask your vendor for the right one, on another way than the file came.</source>
            <translation>Benutzen Sie diese Datei nicht. Bitten Sie Ihren Hersteller um die richtige, auf anderem Weg, als die Datei kam.</translation>
        </message>
        <message>
            <source>Do not use this file. Get the bundle again; if it happens twice, on another stick.</source>
            <translation>Benutzen Sie diese Datei nicht. Holen Sie das Paket noch einmal; geschieht es zweimal, auf einem anderen Stick.</translation>
        </message>
        <message>
            <source>Do not use this source. Nothing was changed.</source>
            <translation>Benutzen Sie diese Quelle nicht. Nichts wurde geändert.</translation>
        </message>
        <message>
            <source>Do not use this source. Nothing was changed. Call your operator.</source>
            <translation>Benutzen Sie diese Quelle nicht. Nichts wurde geändert. Rufen Sie Ihren Betreiber an.</translation>
        </message>
        <message>
            <source>Do not use this source. The catalogue on this laptop stays as it is.</source>
            <translation>Benutzen Sie diese Quelle nicht. Der Katalog auf diesem Laptop bleibt, wie er ist.</translation>
        </message>
        <message>
            <source>Do this from another account after the laptop was handed over.</source>
            <translation>Tun Sie das von einem anderen Konto aus, nachdem der Laptop übergeben wurde.</translation>
        </message>
        <message>
            <source>Everything stays on this laptop and goes up by itself.</source>
            <translation>Alles bleibt auf diesem Laptop und wird von selbst gesendet.</translation>
        </message>
        <message>
            <source>Export again on the laptop, wait until it says that it is done, and bring the stick again.</source>
            <translation>Exportieren Sie auf dem Laptop noch einmal, warten Sie, bis er „fertig“ meldet, und bringen Sie den Stick wieder.</translation>
        </message>
        <message>
            <source>Export again, to another stick. This one may be failing.</source>
            <translation>Exportieren Sie noch einmal auf einen anderen Stick. Dieser ist vielleicht defekt.</translation>
        </message>
        <message>
            <source>Export all records on the laptop: fieldtool audit export FILE, without --pending.</source>
            <translation>Exportieren Sie auf dem Laptop alle Einträge: fieldtool audit export FILE, ohne --pending.</translation>
        </message>
        <message>
            <source>Fill in both fields, then press the button again.</source>
            <translation>Füllen Sie beide Felder aus, dann drücken Sie den Knopf noch einmal.</translation>
        </message>
        <message>
            <source>Find out where it came from. The records of the log are not touched by it.</source>
            <translation>Finden Sie heraus, woher es kam. Die Einträge des Protokolls sind davon nicht berührt.</translation>
        </message>
        <message>
            <source>Firmware that needs them is not used. Tell whoever publishes it.</source>
            <translation>Firmware, die sie braucht, wird nicht benutzt. Melden Sie es dem Herausgeber.</translation>
        </message>
        <message>
            <source>Firmware {found} started, not {expected}.</source>
            <translation>Die Firmware {found} ist gestartet, nicht {expected}.</translation>
        </message>
        <message>
            <source>Free at least {expected} MB.</source>
            <translation>Schaffen Sie mindestens {expected} MB Platz.</translation>
        </message>
        <message>
            <source>Free disk space and check the rights of the data folder. Nothing is done without records.</source>
            <translation>Schaffen Sie Speicherplatz und prüfen Sie die Rechte des Datenordners. Ohne Einträge wird nichts getan.</translation>
        </message>
        <message>
            <source>Free disk space, then sync again. What was fetched already is kept.</source>
            <translation>Schaffen Sie Speicherplatz, dann synchronisieren Sie noch einmal. Schon Geholtes bleibt erhalten.</translation>
        </message>
        <message>
            <source>Free disk space, then try again.</source>
            <translation>Schaffen Sie Speicherplatz, dann versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Free disk space: below {needed} MB no update begins.</source>
            <translation>Schaffen Sie Speicherplatz: Unter {needed} MB beginnt kein Update.</translation>
        </message>
        <message>
            <source>Free space on the charger, then start the update again.</source>
            <translation>Schaffen Sie Platz auf der Ladestation, dann starten Sie das Update noch einmal.</translation>
        </message>
        <message>
            <source>Free space on the charger, then try again.</source>
            <translation>Schaffen Sie auf der Ladestation Platz und versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Free space on the charger. It looks again before anything is sent.</source>
            <translation>Schaffen Sie Platz auf der Ladestation. Vor dem Senden wird noch einmal nachgesehen.</translation>
        </message>
        <message>
            <source>Give it: --payload-hash SHA256, as the charger will report it.</source>
            <translation>Geben Sie ihn an: --payload-hash SHA256, wie die Ladestation ihn melden wird.</translation>
        </message>
        <message>
            <source>Give the .json or the .pdf that fieldtool report make wrote, exactly as it was written.</source>
            <translation>Geben Sie die .json oder .pdf an, die fieldtool report make geschrieben hat, genau so, wie sie geschrieben wurde.</translation>
        </message>
        <message>
            <source>Give the central system's public key itself (base64, as its address /v1/key tells it), or the laptop's fingerprint.</source>
            <translation>Geben Sie den öffentlichen Schlüssel des Zentralsystems selbst an (base64, wie seine Adresse /v1/key ihn nennt) oder den Fingerabdruck des Laptops.</translation>
        </message>
        <message>
            <source>Give the file another name. What was published is never replaced.</source>
            <translation>Geben Sie der Datei einen anderen Namen. Was herausgegeben ist, wird nie ersetzt.</translation>
        </message>
        <message>
            <source>Give the fingerprint of the laptop or of the central system: --root FINGERPRINT.</source>
            <translation>Geben Sie den Fingerabdruck des Laptops oder des Zentralsystems an: --root FINGERPRINT.</translation>
        </message>
        <message>
            <source>Give the laptop's own fingerprint as well, or have the report made again after a sync.</source>
            <translation>Geben Sie auch den Fingerabdruck des Laptops an oder lassen Sie den Bericht nach dem Synchronisieren neu erstellen.</translation>
        </message>
        <message>
            <source>Go on with it first: fieldtool resume.</source>
            <translation>Setzen Sie zuerst diesen fort: fieldtool resume.</translation>
        </message>
        <message>
            <source>Have it renewed soon.</source>
            <translation>Lassen Sie es bald erneuern.</translation>
        </message>
        <message>
            <source>Have it renewed. With it the charger may not reach its central system after the restart.</source>
            <translation>Lassen Sie es erneuern. Mit ihm erreicht die Ladestation nach dem Neustart vielleicht ihr Zentralsystem nicht.</translation>
        </message>
        <message>
            <source>Have it unlocked with its PUK or administrator's PIN, with the program of its maker.</source>
            <translation>Lassen Sie es mit der PUK oder der Verwalter-PIN entsperren, mit dem Programm seines Herstellers.</translation>
        </message>
        <message>
            <source>Have its central system take it out of service, or try again.</source>
            <translation>Lassen Sie sie von ihrem Zentralsystem außer Betrieb nehmen oder versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Have the profile ask for the value.</source>
            <translation>Lassen Sie das Profil nach dem Wert fragen.</translation>
        </message>
        <message>
            <source>Have the profile translate what the charger says. Try the connectors by hand.</source>
            <translation>Lassen Sie das Profil übersetzen, was die Ladestation sagt. Probieren Sie die Anschlüsse von Hand.</translation>
        </message>
        <message>
            <source>Have them installed again by whoever issues them, or call support.</source>
            <translation>Lassen Sie sie vom Aussteller neu installieren oder rufen Sie den Support an.</translation>
        </message>
        <message>
            <source>Have them renewed by whoever issues them, or call support.</source>
            <translation>Lassen Sie sie vom Aussteller erneuern oder rufen Sie den Support an.</translation>
        </message>
        <message>
            <source>Held off while a charger is updated.</source>
            <translation>Wird verhindert, während eine Ladestation aktualisiert wird.</translation>
        </message>
        <message>
            <source>If a later step fails, {component} cannot return to {found}: its file is not on this laptop.</source>
            <translation>Versagt ein späterer Schritt, kann {component} nicht auf {found} zurück: Die Datei ist nicht auf diesem Laptop.</translation>
        </message>
        <message>
            <source>If it is a laptop or a person of yours, let them in anew. Otherwise somebody tries keys: close that way to the central system.</source>
            <translation>Ist es ein Laptop oder eine Person von Ihnen, lassen Sie sie neu zu. Sonst probiert jemand Schlüssel: Schließen Sie diesen Weg zum Zentralsystem.</translation>
        </message>
        <message>
            <source>If the new one fails, it waits in its bootloader for another one.</source>
            <translation>Versagt die neue, wartet sie in ihrem Bootloader auf eine andere.</translation>
        </message>
        <message>
            <source>Import the site file, or sync the work order, then make the report again.</source>
            <translation>Importieren Sie die Standortdatei oder synchronisieren Sie den Auftrag, dann erstellen Sie den Bericht neu.</translation>
        </message>
        <message>
            <source>Install fieldtool again, or correct the file.</source>
            <translation>Installieren Sie fieldtool neu oder berichtigen Sie die Datei.</translation>
        </message>
        <message>
            <source>Install fieldtool again.</source>
            <translation>Installieren Sie fieldtool neu.</translation>
        </message>
        <message>
            <source>Install fieldtool with it: fieldtool[pkcs11].</source>
            <translation>Installieren Sie fieldtool mit ihm: fieldtool[pkcs11].</translation>
        </message>
        <message>
            <source>Install fieldtool with them: fieldtool[central].</source>
            <translation>Installieren Sie fieldtool mit ihnen: fieldtool[central].</translation>
        </message>
        <message>
            <source>Install the driver, or correct the profile.</source>
            <translation>Installieren Sie den Treiber oder berichtigen Sie das Profil.</translation>
        </message>
        <message>
            <source>Install the module of your token's maker, and name its file: module-path=/path/of/module.so.</source>
            <translation>Installieren Sie das Modul des Token-Herstellers und nennen Sie seine Datei: module-path=/path/of/module.so.</translation>
        </message>
        <message>
            <source>Install the newer fieldtool again. Nothing was changed.</source>
            <translation>Installieren Sie wieder das neuere fieldtool. Nichts wurde geändert.</translation>
        </message>
        <message>
            <source>Install the newest fieldtool, or call your operator.</source>
            <translation>Installieren Sie das neueste fieldtool oder rufen Sie Ihren Betreiber an.</translation>
        </message>
        <message>
            <source>Install the newest fieldtool. Without the check nobody could say that the update went well.</source>
            <translation>Installieren Sie das neueste fieldtool. Ohne die Prüfung könnte niemand sagen, ob das Update gelungen ist.</translation>
        </message>
        <message>
            <source>Install the rule that fieldtool ports --udev-rule prints, then plug the cable in again.</source>
            <translation>Installieren Sie die Regel, die fieldtool ports --udev-rule ausgibt, dann stecken Sie das Kabel neu ein.</translation>
        </message>
        <message>
            <source>It can be tried again after {until}. Or have the request signed on another laptop: fieldtool approve.</source>
            <translation>Nach {until} kann sie wieder versucht werden. Oder lassen Sie die Anfrage auf einem anderen Laptop unterschreiben: fieldtool approve.</translation>
        </message>
        <message>
            <source>It can be updated; the same finding afterwards does not count against the new firmware.</source>
            <translation>Sie kann aktualisiert werden; derselbe Befund danach zählt nicht gegen die neue Firmware.</translation>
        </message>
        <message>
            <source>It can be: {allowed}.</source>
            <translation>Möglich ist: {allowed}.</translation>
        </message>
        <message>
            <source>It can have: {known}.</source>
            <translation>Sie kann haben: {known}.</translation>
        </message>
        <message>
            <source>It cannot be installed. Sync, then plan again.</source>
            <translation>Es kann nicht installiert werden. Synchronisieren und planen Sie neu.</translation>
        </message>
        <message>
            <source>It cannot be installed. Sync; if that does not help, ask your operator which of the two is right.</source>
            <translation>Es kann nicht installiert werden. Synchronisieren Sie; hilft das nicht, fragen Sie Ihren Betreiber, was von beiden stimmt.</translation>
        </message>
        <message>
            <source>It could not tell how it is: {detail}.</source>
            <translation>Sie konnte nicht sagen, wie es ihr geht: {detail}.</translation>
        </message>
        <message>
            <source>It did not boot before, so there was nothing to go back to.</source>
            <translation>Sie startete vorher nicht, es gab also nichts, zu dem sie zurück konnte.</translation>
        </message>
        <message>
            <source>It did not stay well for {expected} seconds at a time; now it has for {found}.</source>
            <translation>Sie blieb nicht {expected} Sekunden am Stück in Ordnung; jetzt sind es {found}.</translation>
        </message>
        <message>
            <source>It does not enter the cache. Ask {vendor} for a signed release of it (SHA-256 {sha256}), or sync.</source>
            <translation>Sie kommt nicht in den Firmwarespeicher. Bitten Sie {vendor} um ein signiertes Release davon (SHA-256 {sha256}) oder synchronisieren Sie.</translation>
        </message>
        <message>
            <source>It does not tell the SHA-256 of what it runs.</source>
            <translation>Die Ladestation nennt den SHA-256 dessen nicht, was läuft.</translation>
        </message>
        <message>
            <source>It does not work properly after the update: {found}.</source>
            <translation>Die Ladestation arbeitet nach dem Update nicht richtig: {found}.</translation>
        </message>
        <message>
            <source>It has chargers at: {known}.</source>
            <translation>Sie hat Ladestationen an: {known}.</translation>
        </message>
        <message>
            <source>It has no firmware to return to.</source>
            <translation>Sie hat keine Firmware, zu der sie zurück kann.</translation>
        </message>
        <message>
            <source>It has signed for the records 1 to {size}.</source>
            <translation>Es hat die Einträge 1 bis {size} quittiert.</translation>
        </message>
        <message>
            <source>It has: {known}.</source>
            <translation>Er hat: {known}.</translation>
        </message>
        <message>
            <source>It is connected to its central system.</source>
            <translation>Sie ist mit ihrem Zentralsystem verbunden.</translation>
        </message>
        <message>
            <source>It is in use: {found}. The update goes on when it is free.</source>
            <translation>Sie wird benutzt: {found}. Das Update geht weiter, wenn sie frei ist.</translation>
        </message>
        <message>
            <source>It is installed again when the new one fails.</source>
            <translation>Es wird wieder installiert, wenn die neue versagt.</translation>
        </message>
        <message>
            <source>It is left out, and what it would allow stays refused. Tell whoever directs this laptop.</source>
            <translation>Es wird weggelassen, und was es erlauben würde, bleibt verweigert. Melden Sie es dem, der diesen Laptop leitet.</translation>
        </message>
        <message>
            <source>It is left out. Tell whoever publishes it.</source>
            <translation>Er wird weggelassen. Melden Sie es dem Herausgeber.</translation>
        </message>
        <message>
            <source>It is not connected to its central system, and was before the update.</source>
            <translation>Sie ist nicht mit ihrem Zentralsystem verbunden und war es vor dem Update.</translation>
        </message>
        <message>
            <source>It is not connected to its central system, and was not before the update either.</source>
            <translation>Sie ist nicht mit ihrem Zentralsystem verbunden und war es auch vor dem Update nicht.</translation>
        </message>
        <message>
            <source>It is not installed. Tell your operator which of the two you see.</source>
            <translation>Es wird nicht installiert. Nennen Sie Ihrem Betreiber beides, was Sie sehen.</translation>
        </message>
        <message>
            <source>It is not said which chargers.</source>
            <translation>Es ist nicht gesagt, welche Ladestationen.</translation>
        </message>
        <message>
            <source>It is not used. Ask the maker for a signed file, and tell whoever published this one.</source>
            <translation>Es wird nicht benutzt. Bitten Sie den Hersteller um eine signierte Datei und melden Sie diese hier dem Herausgeber.</translation>
        </message>
        <message>
            <source>It is not used. Ask the maker to sign it again.</source>
            <translation>Es wird nicht benutzt. Bitten Sie den Hersteller, es neu zu signieren.</translation>
        </message>
        <message>
            <source>It is not used. Ask the maker to sign it with the right certificate.</source>
            <translation>Es wird nicht benutzt. Bitten Sie den Hersteller, es mit dem richtigen Zertifikat zu signieren.</translation>
        </message>
        <message>
            <source>It is not used. Ask whoever published it to correct the release.</source>
            <translation>Es wird nicht benutzt. Bitten Sie den Herausgeber, das Release zu berichtigen.</translation>
        </message>
        <message>
            <source>It is not used. Ask whoever publishes it to add the maker's keys.</source>
            <translation>Es wird nicht benutzt. Bitten Sie den Herausgeber, die Schlüssel des Herstellers zu ergänzen.</translation>
        </message>
        <message>
            <source>It is not used. Call your operator: somebody may have gone around the signature.</source>
            <translation>Es wird nicht benutzt. Rufen Sie Ihren Betreiber an: Vielleicht hat jemand die Signatur umgangen.</translation>
        </message>
        <message>
            <source>It is not used. Call your operator: somebody published a file that was changed.</source>
            <translation>Es wird nicht benutzt. Rufen Sie Ihren Betreiber an: Jemand hat eine geänderte Datei herausgegeben.</translation>
        </message>
        <message>
            <source>It is not used. Call your operator: somebody published a file that was damaged or changed.</source>
            <translation>Es wird nicht benutzt. Rufen Sie Ihren Betreiber an: Jemand hat eine beschädigte oder geänderte Datei herausgegeben.</translation>
        </message>
        <message>
            <source>It is not used. Call your operator: somebody published what the maker did not sign.</source>
            <translation>Es wird nicht benutzt. Rufen Sie Ihren Betreiber an: Jemand hat herausgegeben, was der Hersteller nicht signiert hat.</translation>
        </message>
        <message>
            <source>It is not used. Install the newest fieldtool.</source>
            <translation>Es wird nicht benutzt. Installieren Sie das neueste fieldtool.</translation>
        </message>
        <message>
            <source>It is not used. Sync to fetch it again.</source>
            <translation>Sie wird nicht benutzt. Synchronisieren Sie, um sie neu zu holen.</translation>
        </message>
        <message>
            <source>It is not used. Tell its maker at once: the key is no secret any more.</source>
            <translation>Es wird nicht benutzt. Melden Sie es sofort dem Hersteller: Der Schlüssel ist nicht mehr geheim.</translation>
        </message>
        <message>
            <source>It is not used. Tell whoever published it.</source>
            <translation>Es wird nicht benutzt. Melden Sie es dem Herausgeber.</translation>
        </message>
        <message>
            <source>It is not used. Tell whoever published it: file and release do not belong together.</source>
            <translation>Es wird nicht benutzt. Melden Sie es dem Herausgeber: Datei und Release gehören nicht zusammen.</translation>
        </message>
        <message>
            <source>It is sent again by itself.</source>
            <translation>Es wird von selbst noch einmal gesendet.</translation>
        </message>
        <message>
            <source>It is shown but not served. Have its serial number programmed.</source>
            <translation>Sie wird angezeigt, aber nicht bedient. Lassen Sie ihre Seriennummer einprogrammieren.</translation>
        </message>
        <message>
            <source>It is waited for, like a car that is charging.</source>
            <translation>Darauf wird gewartet wie auf ein Auto, das lädt.</translation>
        </message>
        <message>
            <source>It is {found} at the site; chargers may be disturbed from {opens} on.</source>
            <translation>Am Standort ist es {found}; Ladestationen dürfen ab {opens} gestört werden.</translation>
        </message>
        <message>
            <source>It is {found}; this protocol allows {expected}.</source>
            <translation>Es ist {found}; dieser Prüfplan erlaubt {expected}.</translation>
        </message>
        <message>
            <source>It may be used. Ask the maker for a format with a signature of its own.</source>
            <translation>Sie darf benutzt werden. Bitten Sie den Hersteller um ein Format mit eigener Signatur.</translation>
        </message>
        <message>
            <source>It may be used: the signed catalogue vouches for it.</source>
            <translation>Sie darf benutzt werden: Der signierte Katalog bürgt für sie.</translation>
        </message>
        <message>
            <source>It may bring back old, weak firmware, so it is not used. Sync, or get a newer bundle.</source>
            <translation>Er könnte alte, schwache Firmware zurückbringen und wird daher nicht benutzt. Synchronisieren Sie oder holen Sie ein neueres Paket.</translation>
        </message>
        <message>
            <source>It reports faults that it did not have before: {found}.</source>
            <translation>Sie meldet Störungen, die sie vorher nicht hatte: {found}.</translation>
        </message>
        <message>
            <source>It reports no fault.</source>
            <translation>Sie meldet keine Störung.</translation>
        </message>
        <message>
            <source>It reports no new fault. It had these before the update: {found}.</source>
            <translation>Sie meldet keine neue Störung. Diese hatte sie schon vor dem Update: {found}.</translation>
        </message>
        <message>
            <source>It restarted by itself while it was watched.</source>
            <translation>Sie ist während der Beobachtung von selbst neu gestartet.</translation>
        </message>
        <message>
            <source>It returns by itself when the new one fails.</source>
            <translation>Es kehrt von selbst zurück, wenn die neue versagt.</translation>
        </message>
        <message>
            <source>It runs what was installed; the work order of that time is not on this laptop any more.</source>
            <translation>Es läuft, was installiert wurde; der damalige Auftrag ist nicht mehr auf diesem Laptop.</translation>
        </message>
        <message>
            <source>It runs what was installed; this laptop stands alone, so nobody ordered it.</source>
            <translation>Es läuft, was installiert wurde; dieser Laptop arbeitet allein, niemand hat es also beauftragt.</translation>
        </message>
        <message>
            <source>It runs {expected}, but its content is not what was installed (SHA-256 differs).</source>
            <translation>Es läuft {expected}, aber der Inhalt ist nicht der installierte (SHA-256 weicht ab).</translation>
        </message>
        <message>
            <source>It runs {found} after the restart, not {expected}.</source>
            <translation>Nach dem Neustart läuft {found}, nicht {expected}.</translation>
        </message>
        <message>
            <source>It runs {found} already.</source>
            <translation>Die Ladestation läuft schon mit {found}.</translation>
        </message>
        <message>
            <source>It runs {found}, as it should.</source>
            <translation>Es läuft {found}, wie es soll.</translation>
        </message>
        <message>
            <source>It runs {found}, as the work order says.</source>
            <translation>Es läuft {found}, wie der Auftrag sagt.</translation>
        </message>
        <message>
            <source>It says it is a {found}; the order names a {expected}.</source>
            <translation>Sie meldet sich als {found}; der Auftrag nennt {expected}.</translation>
        </message>
        <message>
            <source>It starts by itself when the session has ended.</source>
            <translation>Es startet von selbst, wenn der Ladevorgang beendet ist.</translation>
        </message>
        <message>
            <source>It starts by itself.</source>
            <translation>Es startet von selbst.</translation>
        </message>
        <message>
            <source>It stays on the laptop.</source>
            <translation>Es bleibt auf dem Laptop.</translation>
        </message>
        <message>
            <source>It takes zstd with one frame, or what is not packed at all.</source>
            <translation>Es nimmt zstd mit einem Frame oder ganz Ungepacktes.</translation>
        </message>
        <message>
            <source>It tells no status that is known for its connectors: {found}.</source>
            <translation>Sie nennt für ihre Anschlüsse keinen bekannten Zustand: {found}.</translation>
        </message>
        <message>
            <source>It tries again by itself.</source>
            <translation>Es wird von selbst erneut versucht.</translation>
        </message>
        <message>
            <source>It tries again by itself. If it stays, run: fieldtool audit verify.</source>
            <translation>Es wird von selbst erneut versucht. Bleibt es so, führen Sie aus: fieldtool audit verify.</translation>
        </message>
        <message>
            <source>It waits for its turn.</source>
            <translation>Sie wartet, bis sie an der Reihe ist.</translation>
        </message>
        <message>
            <source>It was found good, but no value was measured.</source>
            <translation>Es wurde für gut befunden, aber kein Wert wurde gemessen.</translation>
        </message>
        <message>
            <source>It was looked at only once so far.</source>
            <translation>Sie wurde bisher nur einmal angesehen.</translation>
        </message>
        <message>
            <source>It was not accepted; somebody may stand in between. It tries again by itself.</source>
            <translation>Sie wurde nicht angenommen; vielleicht steht jemand dazwischen. Es wird von selbst erneut versucht.</translation>
        </message>
        <message>
            <source>It was not accepted; somebody may stand in between. Tell whoever runs the central system.</source>
            <translation>Es wurde nicht angenommen; vielleicht steht jemand dazwischen. Melden Sie es dem Betreiber des Zentralsystems.</translation>
        </message>
        <message>
            <source>It was not done a second time. Somebody may listen on the network and repeat what he hears.</source>
            <translation>Sie wurde kein zweites Mal ausgeführt. Vielleicht hört jemand im Netz mit und wiederholt, was er hört.</translation>
        </message>
        <message>
            <source>It was not made by fieldtool. Tell your operator.</source>
            <translation>Er stammt nicht von fieldtool. Melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>It was not written by this laptop. Keep the data folder as it is and tell your operator.</source>
            <translation>Er wurde nicht von diesem Laptop geschrieben. Lassen Sie den Datenordner, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>It was set back to an old copy, or it is another one. Records stay here. Tell whoever runs it.</source>
            <translation>Es wurde auf eine alte Kopie zurückgesetzt, oder es ist ein anderes. Die Einträge bleiben hier. Melden Sie es seinem Betreiber.</translation>
        </message>
        <message>
            <source>It was watched for {seconds} seconds; restarts of its software: {found}.</source>
            <translation>Sie wurde {seconds} Sekunden beobachtet; Neustarts ihrer Software: {found}.</translation>
        </message>
        <message>
            <source>It worked, and was taken back together with the step that failed after it.</source>
            <translation>Es ist gelungen und wurde zusammen mit dem danach fehlgeschlagenen Schritt zurückgenommen.</translation>
        </message>
        <message>
            <source>Its bootloader is closed. Use its maker's boot pins or recovery medium, or send it in.</source>
            <translation>Ihr Bootloader ist gesperrt. Nehmen Sie die Boot-Pins oder das Wiederherstellungsmedium des Herstellers oder senden Sie sie ein.</translation>
        </message>
        <message>
            <source>Its certificates are all there and valid as before: {found}.</source>
            <translation>Ihre Zertifikate sind alle da und gültig wie zuvor: {found}.</translation>
        </message>
        <message>
            <source>Its charging software carried out a harmless command.</source>
            <translation>Ihre Ladesoftware hat einen harmlosen Befehl ausgeführt.</translation>
        </message>
        <message>
            <source>Its charging software carries out no command, and did not before the update either.</source>
            <translation>Ihre Ladesoftware führt keinen Befehl aus und tat es auch vor dem Update nicht.</translation>
        </message>
        <message>
            <source>Its charging software did not carry out a harmless command.</source>
            <translation>Ihre Ladesoftware hat einen harmlosen Befehl nicht ausgeführt.</translation>
        </message>
        <message>
            <source>Its clock is off by {found} seconds at most; {expected} are allowed.</source>
            <translation>Ihre Uhr weicht um höchstens {found} Sekunden ab; {expected} sind erlaubt.</translation>
        </message>
        <message>
            <source>Its clock is off by {found} seconds, as before the update.</source>
            <translation>Ihre Uhr weicht um {found} Sekunden ab, wie vor dem Update.</translation>
        </message>
        <message>
            <source>Its clock is off by {found} seconds; {expected} are allowed.</source>
            <translation>Ihre Uhr weicht um {found} Sekunden ab; {expected} sind erlaubt.</translation>
        </message>
        <message>
            <source>Its meter registers are all there and never went backwards: {found}.</source>
            <translation>Ihre Zählerregister sind alle da und liefen nie rückwärts: {found}.</translation>
        </message>
        <message>
            <source>Its old firmware is brought back. Copy the details for support.</source>
            <translation>Ihre alte Firmware wird zurückgeholt. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Its payload or its signature is not what this charger starts. Copy the details for support.</source>
            <translation>Inhalt oder Signatur sind nicht das, was diese Ladestation startet. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Its programmers have to say who may.</source>
            <translation>Seine Programmierer müssen festlegen, wer es darf.</translation>
        </message>
        <message>
            <source>Its settings have the layout {found}, not {expected}.</source>
            <translation>Ihre Einstellungen haben den Aufbau {found}, nicht {expected}.</translation>
        </message>
        <message>
            <source>Its software restarted {found} times while it was watched; {expected} would be allowed.</source>
            <translation>Ihre Software ist während der Beobachtung {found}-mal neu gestartet; {expected} wären erlaubt.</translation>
        </message>
        <message>
            <source>Its time is doubtful: {note}.</source>
            <translation>Die Uhrzeit ist zweifelhaft: {note}.</translation>
        </message>
        <message>
            <source>Its update service is too old for fieldtool. Nothing is done to it.</source>
            <translation>Ihr Update-Dienst ist für fieldtool zu alt. An ihr wird nichts getan.</translation>
        </message>
        <message>
            <source>Keep it powered and call support.</source>
            <translation>Lassen Sie sie eingeschaltet und rufen Sie den Support an.</translation>
        </message>
        <message>
            <source>Keep it powered and connected, open Recovery.</source>
            <translation>Lassen Sie sie am Strom und verbunden, öffnen Sie „Wiederherstellung“.</translation>
        </message>
        <message>
            <source>Keep it powered and connected.</source>
            <translation>Lassen Sie sie eingeschaltet und verbunden.</translation>
        </message>
        <message>
            <source>Keep it powered and connected. Its old firmware is installed again.</source>
            <translation>Lassen Sie sie eingeschaltet und verbunden. Ihre alte Firmware wird wieder installiert.</translation>
        </message>
        <message>
            <source>Keep it powered and do not restart it. The run goes on and makes it whole.</source>
            <translation>Lassen Sie sie eingeschaltet und starten Sie sie nicht neu. Der Lauf geht weiter und macht sie wieder vollständig.</translation>
        </message>
        <message>
            <source>Keep it powered and try once more. If it stays so, its memory is defective: send it in.</source>
            <translation>Lassen Sie sie eingeschaltet und versuchen Sie es erneut. Bleibt es so, ist ihr Speicher defekt: Senden Sie sie ein.</translation>
        </message>
        <message>
            <source>Keep it powered, and recover it once more with another release. Copy the details for support.</source>
            <translation>Lassen Sie sie eingeschaltet und stellen Sie sie mit einem anderen Release noch einmal wieder her. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Keep it powered, and start the recovery again with another release.</source>
            <translation>Lassen Sie sie eingeschaltet und starten Sie die Wiederherstellung mit einem anderen Release noch einmal.</translation>
        </message>
        <message>
            <source>Keep it powered, call support.</source>
            <translation>Lassen Sie sie eingeschaltet, rufen Sie den Support an.</translation>
        </message>
        <message>
            <source>Keep it powered, check the cable, then start the recovery again: it goes on from what the charger has.</source>
            <translation>Lassen Sie sie eingeschaltet, prüfen Sie das Kabel, dann starten Sie die Wiederherstellung noch einmal: Sie setzt dort fort, wo die Ladestation steht.</translation>
        </message>
        <message>
            <source>Keep it powered, do not restart it, and update it now: only a whole update mends it.</source>
            <translation>Lassen Sie sie eingeschaltet, starten Sie sie nicht neu, und aktualisieren Sie sie jetzt: Nur ein vollständiges Update behebt es.</translation>
        </message>
        <message>
            <source>Keep it powered, then try again or call support.</source>
            <translation>Lassen Sie sie am Strom; erneut versuchen oder Support anrufen.</translation>
        </message>
        <message>
            <source>Keep it powered. Choose a release that its maker signed for this charger. It is never tried another way.</source>
            <translation>Lassen Sie sie eingeschaltet. Wählen Sie ein Release, das ihr Hersteller für diese Ladestation signiert hat. Es wird nie auf anderem Weg versucht.</translation>
        </message>
        <message>
            <source>Keep it powered. The run stays open and goes on when the charger answers, or with: fieldtool resume.</source>
            <translation>Lassen Sie sie eingeschaltet. Der Lauf bleibt offen und geht weiter, wenn die Ladestation antwortet, oder mit: fieldtool resume.</translation>
        </message>
        <message>
            <source>Keep it powered. The run stays open and goes on when the installation has ended, or with: fieldtool resume.</source>
            <translation>Lassen Sie sie eingeschaltet. Der Lauf bleibt offen und geht weiter, wenn die Installation beendet ist, oder mit: fieldtool resume.</translation>
        </message>
        <message>
            <source>Keep it powered. fieldtool writes the image once more where that may help; else call support.</source>
            <translation>Lassen Sie sie eingeschaltet. fieldtool schreibt das Image noch einmal, wo das helfen kann; sonst rufen Sie den Support an.</translation>
        </message>
        <message>
            <source>Keep its data folder as it is, and ask who had the laptop. Let it in again with a new data folder.</source>
            <translation>Lassen Sie seinen Datenordner, wie er ist, und fragen Sie, wer den Laptop hatte. Lassen Sie ihn mit neuem Datenordner wieder zu.</translation>
        </message>
        <message>
            <source>Keep the cable plugged in and the charger powered, then press Resume.</source>
            <translation>Lassen Sie das Kabel stecken und die Ladestation eingeschaltet, dann drücken Sie „Fortsetzen“.</translation>
        </message>
        <message>
            <source>Keep the charger and the laptop powered, and the cable plugged in.</source>
            <translation>Lassen Sie Ladestation und Laptop am Strom und das Kabel stecken.</translation>
        </message>
        <message>
            <source>Keep the charger powered and try again. If it does not help, restart the charger.</source>
            <translation>Lassen Sie die Ladestation eingeschaltet und versuchen Sie es erneut. Hilft es nicht, starten Sie die Ladestation neu.</translation>
        </message>
        <message>
            <source>Keep the charger powered, connect it, then press Resume.</source>
            <translation>Lassen Sie die Ladestation am Strom, verbinden Sie sie und drücken Sie „Fortsetzen“.</translation>
        </message>
        <message>
            <source>Keep the charger powered, then try again.</source>
            <translation>Lassen Sie sie eingeschaltet und versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Keep the data folder as it is, begin no update with it, and tell your operator.</source>
            <translation>Lassen Sie den Datenordner, wie er ist, beginnen Sie mit ihm kein Update und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Keep the data folder as it is. Export the log (fieldtool audit export) and send it to your operator.</source>
            <translation>Lassen Sie den Datenordner, wie er ist. Exportieren Sie das Protokoll (fieldtool audit export) und senden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Keys are never overwritten. Choose another folder.</source>
            <translation>Schlüssel werden nie überschrieben. Wählen Sie einen anderen Ordner.</translation>
        </message>
        <message>
            <source>Keys are never overwritten. Choose another name, or use the one that is there.</source>
            <translation>Schlüssel werden nie überschrieben. Wählen Sie einen anderen Namen oder nehmen Sie den vorhandenen.</translation>
        </message>
        <message>
            <source>Known are: {known}.</source>
            <translation>Bekannt sind: {known}.</translation>
        </message>
        <message>
            <source>Leave --database out, or start with a data folder of its own.</source>
            <translation>Lassen Sie --database weg oder starten Sie mit einem eigenen Datenordner.</translation>
        </message>
        <message>
            <source>Leave it connected and powered. Its firmware has to be written anew.</source>
            <translation>Lassen Sie sie verbunden und eingeschaltet. Ihre Firmware muss neu geschrieben werden.</translation>
        </message>
        <message>
            <source>Leave it out: the PIN is asked for. Change the PIN if others may have seen it.</source>
            <translation>Lassen Sie sie weg: Nach der PIN wird gefragt. Ändern Sie die PIN, wenn andere sie gesehen haben können.</translation>
        </message>
        <message>
            <source>Leave it powered and connected. If it stays there, its firmware has to be written anew.</source>
            <translation>Lassen Sie sie eingeschaltet und verbunden. Bleibt sie dort, muss ihre Firmware neu geschrieben werden.</translation>
        </message>
        <message>
            <source>Leave one plugged in, or add its serial number to the address (serial=).</source>
            <translation>Lassen Sie nur eines stecken oder ergänzen Sie in der Adresse seine Seriennummer (serial=).</translation>
        </message>
        <message>
            <source>Let fieldtool look at all networks.</source>
            <translation>Lassen Sie fieldtool alle Netze ansehen.</translation>
        </message>
        <message>
            <source>Let it finish there, or close it.</source>
            <translation>Lassen Sie es dort zu Ende gehen oder schließen Sie es.</translation>
        </message>
        <message>
            <source>Let it finish, or have it withdrawn, then plan again.</source>
            <translation>Lassen Sie es zu Ende gehen oder zurückziehen, dann planen Sie neu.</translation>
        </message>
        <message>
            <source>Let neither in. Find out who asked: fieldtool central laptop list.</source>
            <translation>Lassen Sie keinen zu. Finden Sie heraus, wer gefragt hat: fieldtool central laptop list.</translation>
        </message>
        <message>
            <source>Let somebody who may approve type a PIN (--approve-pin), or sign on another laptop (fieldtool approve).</source>
            <translation>Lassen Sie jemanden, der freigeben darf, eine PIN eingeben (--approve-pin) oder auf einem anderen Laptop unterschreiben (fieldtool approve).</translation>
        </message>
        <message>
            <source>Let this laptop in first: fieldtool enrol URL --fingerprint FINGERPRINT.</source>
            <translation>Lassen Sie zuerst diesen Laptop zu: fieldtool enrol URL --fingerprint FINGERPRINT.</translation>
        </message>
        <message>
            <source>Line {line} of the export is cut off. The records before it were kept.</source>
            <translation>Zeile {line} des Exports ist abgeschnitten. Die Einträge davor wurden behalten.</translation>
        </message>
        <message>
            <source>Lines are missing in it. Export again on the laptop and bring the stick again.</source>
            <translation>Darin fehlen Zeilen. Exportieren Sie auf dem Laptop noch einmal und bringen Sie den Stick wieder.</translation>
        </message>
        <message>
            <source>Log in as the person who began the update, or set the charger up again by hand.</source>
            <translation>Melden Sie sich als die Person an, die das Update begonnen hat, oder richten Sie die Ladestation von Hand neu ein.</translation>
        </message>
        <message>
            <source>Log in to a desktop session with a keyring, or unlock it. Keys are never written to plain files.</source>
            <translation>Melden Sie sich an einer Desktopsitzung mit Schlüsselbund an oder entsperren Sie ihn. Schlüssel kommen nie in unverschlüsselte Dateien.</translation>
        </message>
        <message>
            <source>Log in with the account that used fieldtool before, and unlock its keyring. Nothing is done without records.</source>
            <translation>Melden Sie sich mit dem Konto an, das fieldtool bisher benutzt hat, und entsperren Sie dessen Schlüsselbund. Ohne Einträge wird nichts getan.</translation>
        </message>
        <message>
            <source>Log in with the account that used fieldtool before. If that is no help, tell your operator.</source>
            <translation>Melden Sie sich mit dem Konto an, das fieldtool bisher benutzt hat. Hilft das nicht, melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Log out and in again.</source>
            <translation>Melden Sie sich ab und wieder an.</translation>
        </message>
        <message>
            <source>Look at its display or central system.</source>
            <translation>Sehen Sie auf ihrer Anzeige oder im Zentralsystem nach.</translation>
        </message>
        <message>
            <source>Look at its power settings, and leave the lid open.</source>
            <translation>Sehen Sie in seinen Energieeinstellungen nach und lassen Sie den Deckel offen.</translation>
        </message>
        <message>
            <source>Look at the charger: a lock, a relay, an emergency stop. Copy the details for support.</source>
            <translation>Sehen Sie sich die Ladestation an: Verriegelung, Relais, Not-Aus. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Look at what the plan says, and go on from there.</source>
            <translation>Sehen Sie nach, was der Plan sagt, und machen Sie dort weiter.</translation>
        </message>
        <message>
            <source>Look into it: fieldtool bundle inspect. Take it over: fieldtool bundle import.</source>
            <translation>Hineinsehen: fieldtool bundle inspect. Übernehmen: fieldtool bundle import.</translation>
        </message>
        <message>
            <source>Look it up in its central system.</source>
            <translation>Sehen Sie in ihrem Zentralsystem nach.</translation>
        </message>
        <message>
            <source>Look the codes up in the charger's manual. Copy the details for support.</source>
            <translation>Schlagen Sie die Codes im Handbuch der Ladestation nach. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Look why it does not tell: the component does not answer, or the profile does not ask for it.</source>
            <translation>Sehen Sie nach, warum sie es nicht sagt: Die Komponente antwortet nicht, oder das Profil fragt nicht danach.</translation>
        </message>
        <message>
            <source>Make a new one: fieldtool lab new FOLDER.</source>
            <translation>Legen Sie einen neuen an: fieldtool lab new FOLDER.</translation>
        </message>
        <message>
            <source>Make a new request, and have that one approved.</source>
            <translation>Erstellen Sie eine neue Anfrage und lassen Sie diese freigeben.</translation>
        </message>
        <message>
            <source>Make a request on this laptop, and have that one approved.</source>
            <translation>Erstellen Sie auf diesem Laptop eine Anfrage und lassen Sie diese freigeben.</translation>
        </message>
        <message>
            <source>Make one on the office machine, then bring it here: fieldtool central direct import FOLDER.</source>
            <translation>Legen Sie auf dem Bürorechner einen an, dann bringen Sie ihn her: fieldtool central direct import FOLDER.</translation>
        </message>
        <message>
            <source>Make one: fieldtool lab new FOLDER.</source>
            <translation>Legen Sie einen an: fieldtool lab new FOLDER.</translation>
        </message>
        <message>
            <source>Make one: fieldtool publish init FOLDER.</source>
            <translation>Legen Sie eines an: fieldtool publish init FOLDER.</translation>
        </message>
        <message>
            <source>Make room on this laptop's disk, or correct the rights of the folder. Nothing is installed without them.</source>
            <translation>Schaffen Sie Platz auf dem Datenträger dieses Laptops oder berichtigen Sie die Rechte des Ordners. Ohne sie wird nichts installiert.</translation>
        </message>
        <message>
            <source>Make sure that going back is what you want.</source>
            <translation>Vergewissern Sie sich, dass Sie wirklich zurückgehen wollen.</translation>
        </message>
        <message>
            <source>Make the report again after a run that reached it.</source>
            <translation>Erstellen Sie den Bericht neu nach einem Lauf, der sie erreicht hat.</translation>
        </message>
        <message>
            <source>Make the report without --pdf, and copy the details for support.</source>
            <translation>Erstellen Sie den Bericht ohne --pdf und kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Mend what it finds. Release and site file allow these rules to be waived: {known}.</source>
            <translation>Beheben Sie, was sie findet. Release und Standortdatei erlauben, diese Regeln zu erlassen: {known}.</translation>
        </message>
        <message>
            <source>Merge the folder in which it was added: fieldtool publish merge FOLDER OTHER.</source>
            <translation>Führen Sie den Ordner zusammen, in dem sie hinzugefügt wurde: fieldtool publish merge FOLDER OTHER.</translation>
        </message>
        <message>
            <source>Meter registers are missing: {found}.</source>
            <translation>Zählerregister fehlen: {found}.</translation>
        </message>
        <message>
            <source>Meter registers went backwards: {found}.</source>
            <translation>Zählerregister sind rückwärts gelaufen: {found}.</translation>
        </message>
        <message>
            <source>Move them with: fieldtool central move. Or remove the name of the database.</source>
            <translation>Übertragen Sie sie mit: fieldtool central move. Oder entfernen Sie den Namen der Datenbank.</translation>
        </message>
        <message>
            <source>Multicast leaves from {address}.</source>
            <translation>Multicast geht von {address} aus.</translation>
        </message>
        <message>
            <source>Name a database with --database, or leave --workers out.</source>
            <translation>Nennen Sie mit --database eine Datenbank oder lassen Sie --workers weg.</translation>
        </message>
        <message>
            <source>Name a file that does not exist yet.</source>
            <translation>Nennen Sie eine Datei, die es noch nicht gibt.</translation>
        </message>
        <message>
            <source>Name a file that holds it: --passphrase-file FILE.</source>
            <translation>Nennen Sie eine Datei, die sie enthält: --passphrase-file FILE.</translation>
        </message>
        <message>
            <source>Name a file that holds the PIN: --pin-file FILE.</source>
            <translation>Nennen Sie eine Datei, die die PIN enthält: --pin-file FILE.</translation>
        </message>
        <message>
            <source>Name a folder that does not exist yet.</source>
            <translation>Nennen Sie einen Ordner, den es noch nicht gibt.</translation>
        </message>
        <message>
            <source>Name a new key that takes its place: --replacement KEY.</source>
            <translation>Nennen Sie einen neuen Schlüssel, der an seine Stelle tritt: --replacement KEY.</translation>
        </message>
        <message>
            <source>Name a serial port, such as {example}.</source>
            <translation>Nennen Sie einen seriellen Port, etwa {example}.</translation>
        </message>
        <message>
            <source>Name an empty database. Nothing was changed in it.</source>
            <translation>Nennen Sie eine leere Datenbank. In dieser wurde nichts geändert.</translation>
        </message>
        <message>
            <source>Name it as fieldtool central laptop list shows it: by its name, or by the beginning of its key.</source>
            <translation>Nennen Sie ihn, wie fieldtool central laptop list ihn zeigt: mit seinem Namen oder dem Anfang seines Schlüssels.</translation>
        </message>
        <message>
            <source>Name its profile: fieldtool recover --port PORT --profile ID, or import its site file.</source>
            <translation>Nennen Sie ihr Profil: fieldtool recover --port PORT --profile ID, oder importieren Sie ihre Standortdatei.</translation>
        </message>
        <message>
            <source>Name one by its id (id=) in the address.</source>
            <translation>Nennen Sie einen in der Adresse über seine id (id=).</translation>
        </message>
        <message>
            <source>Name the backend in the site file, or make sure yourself.</source>
            <translation>Nennen Sie das Backend in der Standortdatei oder vergewissern Sie sich selbst.</translation>
        </message>
        <message>
            <source>Name the market in the site file, or make sure yourself.</source>
            <translation>Nennen Sie den Markt in der Standortdatei oder vergewissern Sie sich selbst.</translation>
        </message>
        <message>
            <source>Name the next key on a token: fieldtool key use URI. To leave the token: fieldtool key roll --leave-token.</source>
            <translation>Nennen Sie den nächsten Schlüssel auf einem Token: fieldtool key use URI. Um das Token zu verlassen: fieldtool key roll --leave-token.</translation>
        </message>
        <message>
            <source>Name the other folder. Images belong to the image repository; orders, grants, denylist to the director.</source>
            <translation>Nennen Sie den anderen Ordner. Images gehören ins Image-Repository; Aufträge, Berechtigungen und Sperrliste in den Director.</translation>
        </message>
        <message>
            <source>Name their serial numbers, or say --all.</source>
            <translation>Nennen Sie ihre Seriennummern oder geben Sie --all an.</translation>
        </message>
        <message>
            <source>Neither a repository nor a central system is set.</source>
            <translation>Weder ein Repository noch ein Zentralsystem ist eingestellt.</translation>
        </message>
        <message>
            <source>Neither a work order nor a site file names charger {serial}.</source>
            <translation>Weder ein Auftrag noch eine Standortdatei nennt die Ladestation {serial}.</translation>
        </message>
        <message>
            <source>Neither the bootloader nor a work order tells the hardware of charger {serial}: an image may not fit it.</source>
            <translation>Weder Bootloader noch Auftrag nennen die Hardware der Ladestation {serial}: Ein Image passt vielleicht nicht.</translation>
        </message>
        <message>
            <source>Never use them on a real site.</source>
            <translation>Benutzen Sie sie nie an einem echten Standort.</translation>
        </message>
        <message>
            <source>No central system is set.</source>
            <translation>Kein Zentralsystem ist eingestellt.</translation>
        </message>
        <message>
            <source>No charger is called {name}, neither on this network nor in the site file.</source>
            <translation>Keine Ladestation heißt {name}, weder in diesem Netz noch in der Standortdatei.</translation>
        </message>
        <message>
            <source>No driver named {driver} is installed.</source>
            <translation>Kein Treiber namens {driver} ist installiert.</translation>
        </message>
        <message>
            <source>No grant lets this laptop do “{action}” on charger {serial}.</source>
            <translation>Keine Berechtigung erlaubt diesem Laptop „{action}“ an der Ladestation {serial}.</translation>
        </message>
        <message>
            <source>No grant lets {actor} approve anything on charger {serial}.</source>
            <translation>Keine Berechtigung lässt {actor} an der Ladestation {serial} etwas freigeben.</translation>
        </message>
        <message>
            <source>No health check came that far.</source>
            <translation>Keine Funktionsprüfung kam so weit.</translation>
        </message>
        <message>
            <source>No image on this laptop may bring back charger {serial} ({model} {hardware}): {detail}.</source>
            <translation>Kein Image auf diesem Laptop darf die Ladestation {serial} ({model} {hardware}) wiederherstellen: {detail}.</translation>
        </message>
        <message>
            <source>No key of this log signed the document.</source>
            <translation>Kein Schlüssel dieses Protokolls hat das Dokument signiert.</translation>
        </message>
        <message>
            <source>No laptop waits with the code {code}.</source>
            <translation>Kein Laptop wartet mit dem Code {code}.</translation>
        </message>
        <message>
            <source>No open run for {serial}.</source>
            <translation>Kein offener Lauf für {serial}.</translation>
        </message>
        <message>
            <source>No part of this repository knows the key {key}.</source>
            <translation>Kein Teil dieses Repositorys kennt den Schlüssel {key}.</translation>
        </message>
        <message>
            <source>No password or key for charger {serial} is stored on this laptop.</source>
            <translation>Für die Ladestation {serial} ist auf diesem Laptop weder Passwort noch Schlüssel hinterlegt.</translation>
        </message>
        <message>
            <source>No profile named {profile} is known.</source>
            <translation>Kein Profil namens {profile} ist bekannt.</translation>
        </message>
        <message>
            <source>No root of trust is installed, so no firmware can be trusted.</source>
            <translation>Kein Vertrauensanker ist installiert, daher kann keiner Firmware vertraut werden.</translation>
        </message>
        <message>
            <source>No rule of validation is named {rule}.</source>
            <translation>Keine Regel der Validierung heißt {rule}.</translation>
        </message>
        <message>
            <source>No run at site {site} was found in that time.</source>
            <translation>Am Standort {site} wurde in dieser Zeit kein Lauf gefunden.</translation>
        </message>
        <message>
            <source>No secret was given.</source>
            <translation>Es wurde kein Geheimnis angegeben.</translation>
        </message>
        <message>
            <source>No virtual site runs from {folder}.</source>
            <translation>Aus {folder} läuft kein virtueller Standort.</translation>
        </message>
        <message>
            <source>No way back is needed.</source>
            <translation>Kein Rückweg ist nötig.</translation>
        </message>
        <message>
            <source>No way to a charger: {detail}.</source>
            <translation>Kein Weg zu einer Ladestation: {detail}.</translation>
        </message>
        <message>
            <source>No work order names {target} for charger {serial} with hardware {hardware}.</source>
            <translation>Kein Auftrag nennt {target} für die Ladestation {serial} mit der Hardware {hardware}.</translation>
        </message>
        <message>
            <source>No work order that holds today is named {order}.</source>
            <translation>Kein heute gültiger Auftrag heißt {order}.</translation>
        </message>
        <message>
            <source>No work order that holds today names {target} for charger {serial}.</source>
            <translation>Kein heute gültiger Auftrag nennt {target} für die Ladestation {serial}.</translation>
        </message>
        <message>
            <source>No work order was made for {site}; what laptops would refuse: {count}. {lines}.</source>
            <translation>Für {site} wurde kein Auftrag erstellt; was Laptops ablehnen würden: {count}. {lines}.</translation>
        </message>
        <message>
            <source>Nobody agreed, so nothing was signed.</source>
            <translation>Niemand hat zugestimmt, daher wurde nichts signiert.</translation>
        </message>
        <message>
            <source>Nobody answers on {port}.</source>
            <translation>An {port} antwortet niemand.</translation>
        </message>
        <message>
            <source>Nobody called “{name}” stands beside the audit records of this laptop.</source>
            <translation>Neben den Protokolleinträgen dieses Laptops steht niemand namens „{name}“.</translation>
        </message>
        <message>
            <source>Nobody has said whom to trust.</source>
            <translation>Niemand hat gesagt, wem zu vertrauen ist.</translation>
        </message>
        <message>
            <source>Nobody knows which security epoch {component} of this charger demands, so {target} might be one step too old.</source>
            <translation>Niemand weiß, welche Sicherheitsepoche {component} dieser Ladestation verlangt; {target} könnte daher zu alt sein.</translation>
        </message>
        <message>
            <source>Nobody may ask this of the central system.</source>
            <translation>Das darf niemand vom Zentralsystem verlangen.</translation>
        </message>
        <message>
            <source>Nobody or no reason is named for passing {problem}.</source>
            <translation>Für das Übergehen von {problem} ist niemand oder kein Grund genannt.</translation>
        </message>
        <message>
            <source>Nobody or no reason is named for waiving {rule}.</source>
            <translation>Für das Erlassen von {rule} ist niemand oder kein Grund genannt.</translation>
        </message>
        <message>
            <source>None: no firmware can be trusted.</source>
            <translation>Keiner: Es kann keiner Firmware vertraut werden.</translation>
        </message>
        <message>
            <source>None: only the command line works.</source>
            <translation>Keine: Nur die Befehlszeile arbeitet.</translation>
        </message>
        <message>
            <source>Not checked: nobody can tell whether this laptop falls asleep during the update.</source>
            <translation>Nicht geprüft: Niemand kann sagen, ob dieser Laptop während des Updates einschläft.</translation>
        </message>
        <message>
            <source>Not checked: the charger does not tell how much space it has free.</source>
            <translation>Nicht geprüft: Die Ladestation sagt nicht, wie viel Platz sie frei hat.</translation>
        </message>
        <message>
            <source>Not checked: the charger does not tell its reservations.</source>
            <translation>Nicht geprüft: Die Ladestation nennt ihre Reservierungen nicht.</translation>
        </message>
        <message>
            <source>Not checked: the charger does not tell its time.</source>
            <translation>Nicht geprüft: Die Ladestation sagt ihre Uhrzeit nicht.</translation>
        </message>
        <message>
            <source>Not checked: the charger does not tell until when its certificates hold.</source>
            <translation>Nicht geprüft: Die Ladestation sagt nicht, bis wann ihre Zertifikate gelten.</translation>
        </message>
        <message>
            <source>Not checked: the charger does not tell whether it reaches its time server.</source>
            <translation>Nicht geprüft: Die Ladestation sagt nicht, ob sie ihren Zeitserver erreicht.</translation>
        </message>
        <message>
            <source>Not checked: the charger does not tell whether it resolves names.</source>
            <translation>Nicht geprüft: Die Ladestation sagt nicht, ob sie Namen auflöst.</translation>
        </message>
        <message>
            <source>Not checked: the charger does not tell whether its central system has ordered an update.</source>
            <translation>Nicht geprüft: Die Ladestation sagt nicht, ob ihr Zentralsystem ein Update angeordnet hat.</translation>
        </message>
        <message>
            <source>Not checked: the charger has not told its health yet.</source>
            <translation>Nicht geprüft: Die Ladestation hat ihren Zustand noch nicht gemeldet.</translation>
        </message>
        <message>
            <source>Not set: audit records stay on this laptop.</source>
            <translation>Nicht eingestellt: Protokolleinträge bleiben auf diesem Laptop.</translation>
        </message>
        <message>
            <source>Not yet receipted: the central system has not confirmed the last record of this run.</source>
            <translation>Noch nicht quittiert: Das Zentralsystem hat den letzten Eintrag dieses Laufs nicht bestätigt.</translation>
        </message>
        <message>
            <source>Nothing after it counts. Keep the data folder as it is and tell your operator.</source>
            <translation>Nichts danach zählt. Lassen Sie den Datenordner, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Nothing at all came from {port} for {seconds} seconds, though the charger was to be switched off and on.</source>
            <translation>Von {port} kam {seconds} Sekunden lang gar nichts, obwohl die Ladestation aus- und eingeschaltet werden sollte.</translation>
        </message>
        <message>
            <source>Nothing can be installed with this laptop. Call your operator.</source>
            <translation>Mit diesem Laptop kann nichts installiert werden. Rufen Sie Ihren Betreiber an.</translation>
        </message>
        <message>
            <source>Nothing else to do.</source>
            <translation>Sonst ist nichts zu tun.</translation>
        </message>
        <message>
            <source>Nothing here could be asked to hold it off.</source>
            <translation>Hier konnte niemand gebeten werden, ihn zu verhindern.</translation>
        </message>
        <message>
            <source>Nothing in this plan needs a second person, or it cannot start anyway.</source>
            <translation>In diesem Plan braucht nichts eine zweite Person, oder er kann ohnehin nicht starten.</translation>
        </message>
        <message>
            <source>Nothing is counted as sent. Tell your operator: somebody may stand between.</source>
            <translation>Nichts gilt als gesendet. Melden Sie es Ihrem Betreiber: Vielleicht steht jemand dazwischen.</translation>
        </message>
        <message>
            <source>Nothing is done to it. Check the label and the address.</source>
            <translation>An ihr wird nichts getan. Prüfen Sie das Typenschild und die Adresse.</translation>
        </message>
        <message>
            <source>Nothing is installed meanwhile. Add it again: fieldtool trust add ROOT.json --director --fingerprint SHA256.</source>
            <translation>Bis dahin wird nichts installiert. Fügen Sie ihn wieder hinzu: fieldtool trust add ROOT.json --director --fingerprint SHA256.</translation>
        </message>
        <message>
            <source>Nothing is installed meanwhile. Find out who changed it, and add the accepted one again.</source>
            <translation>Bis dahin wird nichts installiert. Finden Sie heraus, wer ihn geändert hat, und fügen Sie den angenommenen wieder hinzu.</translation>
        </message>
        <message>
            <source>Nothing is needed.</source>
            <translation>Nichts ist nötig.</translation>
        </message>
        <message>
            <source>Nothing is to be done.</source>
            <translation>Es ist nichts zu tun.</translation>
        </message>
        <message>
            <source>Nothing is written.</source>
            <translation>Nichts wird geschrieben.</translation>
        </message>
        <message>
            <source>Nothing may be changed with it any more. Call the operator.</source>
            <translation>Mit ihm darf nichts mehr geändert werden. Rufen Sie den Betreiber an.</translation>
        </message>
        <message>
            <source>Nothing more is needed.</source>
            <translation>Mehr ist nicht nötig.</translation>
        </message>
        <message>
            <source>Nothing says which model charger {serial} is.</source>
            <translation>Nichts sagt, welches Modell die Ladestation {serial} ist.</translation>
        </message>
        <message>
            <source>Nothing speaks against it.</source>
            <translation>Nichts spricht dagegen.</translation>
        </message>
        <message>
            <source>Nothing to check.</source>
            <translation>Nichts zu prüfen.</translation>
        </message>
        <message>
            <source>Nothing to do beside this update.</source>
            <translation>Außer diesem Update ist nichts zu tun.</translation>
        </message>
        <message>
            <source>Nothing to do where this is intended. Otherwise: fieldtool trust add --director.</source>
            <translation>Ist das so gewollt, ist nichts zu tun. Sonst: fieldtool trust add --director.</translation>
        </message>
        <message>
            <source>Nothing to do, all agree.</source>
            <translation>Nichts zu tun, alles stimmt überein.</translation>
        </message>
        <message>
            <source>Nothing to do.</source>
            <translation>Nichts zu tun.</translation>
        </message>
        <message>
            <source>Nothing to do. Copy the details for support.</source>
            <translation>Nichts zu tun. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Nothing to do. It is asked again before anything is sent.</source>
            <translation>Nichts zu tun. Vor dem Senden wird noch einmal danach gefragt.</translation>
        </message>
        <message>
            <source>Nothing to do. It is found out when the file is sent.</source>
            <translation>Nichts zu tun. Es zeigt sich, wenn die Datei gesendet wird.</translation>
        </message>
        <message>
            <source>Nothing to do. It is so.</source>
            <translation>Nichts zu tun. Es ist so.</translation>
        </message>
        <message>
            <source>Nothing to do: it is told as not checked.</source>
            <translation>Nichts zu tun: Es gilt als nicht geprüft.</translation>
        </message>
        <message>
            <source>Nothing to do: they are safe.</source>
            <translation>Nichts zu tun: Sie sind sicher.</translation>
        </message>
        <message>
            <source>Nothing was changed on the charger.</source>
            <translation>An der Ladestation wurde nichts geändert.</translation>
        </message>
        <message>
            <source>Nothing was changed. Look at the charger again before you plan another update.</source>
            <translation>Nichts wurde geändert. Sehen Sie sich die Ladestation noch einmal an, bevor Sie ein weiteres Update planen.</translation>
        </message>
        <message>
            <source>Nothing was imported. Compare both with the label. Correct the file, or, when the file is right, first: fieldtool trust pin {serial} --fingerprint FINGERPRINT.</source>
            <translation>Nichts wurde importiert. Vergleichen Sie beide mit dem Typenschild. Berichtigen Sie die Datei, oder, wenn die Datei stimmt, zuerst: fieldtool trust pin {serial} --fingerprint FINGERPRINT.</translation>
        </message>
        <message>
            <source>Nothing was installed yet. It looks at the charger, sends what is missing and goes on with the update.</source>
            <translation>Es wurde noch nichts installiert. Der Lauf sieht nach der Ladestation, sendet, was fehlt, und setzt das Update fort.</translation>
        </message>
        <message>
            <source>Nothing was kept. Find the training folder that names this central system in its settings, and correct it.</source>
            <translation>Nichts wurde behalten. Suchen Sie den Übungsordner, dessen Einstellungen dieses Zentralsystem nennen, und berichtigen Sie ihn.</translation>
        </message>
        <message>
            <source>Nothing was taken. Make the change of one of the two places again in the other.</source>
            <translation>Nichts wurde übernommen. Wiederholen Sie die Änderung eines der beiden Orte am anderen.</translation>
        </message>
        <message>
            <source>Nothing was to be kept.</source>
            <translation>Nichts war zu behalten.</translation>
        </message>
        <message>
            <source>Nothing was written. Check the cable and the label.</source>
            <translation>Nichts wurde geschrieben. Prüfen Sie Kabel und Typenschild.</translation>
        </message>
        <message>
            <source>Nothing was written. Choose a release for this charger.</source>
            <translation>Nichts wurde geschrieben. Wählen Sie ein Release für diese Ladestation.</translation>
        </message>
        <message>
            <source>Nothing was written. Choose a release for this very hardware.</source>
            <translation>Nichts wurde geschrieben. Wählen Sie ein Release für genau diese Hardware.</translation>
        </message>
        <message>
            <source>Nothing was written. Choose a release that is made for recovery.</source>
            <translation>Nichts wurde geschrieben. Wählen Sie ein Release, das für die Wiederherstellung gemacht ist.</translation>
        </message>
        <message>
            <source>Nothing was written. Choose another release.</source>
            <translation>Nichts wurde geschrieben. Wählen Sie ein anderes Release.</translation>
        </message>
        <message>
            <source>Nothing was written. Its memory is smaller than its model's, or defective: send it in.</source>
            <translation>Nichts wurde geschrieben. Ihr Speicher ist kleiner als bei ihrem Modell üblich oder defekt: Senden Sie sie ein.</translation>
        </message>
        <message>
            <source>Nothing was written. Tell support which release it was.</source>
            <translation>Nichts wurde geschrieben. Nennen Sie dem Support das Release.</translation>
        </message>
        <message>
            <source>Nothing was written: wrong firmware could damage it. Its maker must say how its bootloader tells.</source>
            <translation>Nichts wurde geschrieben: Falsche Firmware könnte sie beschädigen. Ihr Hersteller muss sagen, wie ihr Bootloader das nennt.</translation>
        </message>
        <message>
            <source>On mains.</source>
            <translation>Am Netz.</translation>
        </message>
        <message>
            <source>On the office machine: fieldtool publish delegate FOLDER {name} --key KEY.pub with the key of this central system (fieldtool central direct key), sign, then bring the folder here: fieldtool central direct import.</source>
            <translation>Auf dem Bürorechner: fieldtool publish delegate FOLDER {name} --key KEY.pub mit dem Schlüssel dieses Zentralsystems (fieldtool central direct key), signieren, dann bringen Sie den Ordner her: fieldtool central direct import.</translation>
        </message>
        <message>
            <source>On the office machine: fieldtool publish grant add, sign, then fieldtool central direct import.</source>
            <translation>Auf dem Bürorechner: fieldtool publish grant add, signieren, dann fieldtool central direct import.</translation>
        </message>
        <message>
            <source>On the way to {target} lies {stone}, which is not on this laptop.</source>
            <translation>Auf dem Weg zu {target} liegt {stone}, das nicht auf diesem Laptop ist.</translation>
        </message>
        <message>
            <source>On {day} requests from {peer} were refused at the door: {count}. The last one was told: “{why}”.</source>
            <translation>Am {day} wurden Anfragen von {peer} an der Tür abgewiesen: {count}. Die letzte bekam zur Antwort: „{why}“.</translation>
        </message>
        <message>
            <source>One key may sign for the image repository and for the director: {key}.</source>
            <translation>Ein Schlüssel darf zugleich für das Image-Repository und den Director signieren: {key}.</translation>
        </message>
        <message>
            <source>One push may carry {records} records and {size} bytes.</source>
            <translation>Eine Sendung darf {records} Einträge und {size} Bytes enthalten.</translation>
        </message>
        <message>
            <source>Only a central system started inside the same training folder takes them.</source>
            <translation>Nur ein Zentralsystem, das im selben Übungsordner gestartet wurde, nimmt sie an.</translation>
        </message>
        <message>
            <source>Only this laptop itself is looked at, as in training.</source>
            <translation>Nur dieser Laptop selbst wird angesehen, wie bei der Übung.</translation>
        </message>
        <message>
            <source>Others may read the key {file}.</source>
            <translation>Andere dürfen den Schlüssel {file} lesen.</translation>
        </message>
        <message>
            <source>Others may read {file}, which holds a PIN.</source>
            <translation>Andere dürfen {file} lesen, und darin steht eine PIN.</translation>
        </message>
        <message>
            <source>Others may read {file}, which says how to get into the database.</source>
            <translation>Andere dürfen {file} lesen, und darin steht, wie man in die Datenbank kommt.</translation>
        </message>
        <message>
            <source>Parts of it do not work: {found}.</source>
            <translation>Teile von ihr arbeiten nicht: {found}.</translation>
        </message>
        <message>
            <source>Parts of the firmware catalogue do not belong together: {detail}.</source>
            <translation>Teile des Firmwarekatalogs gehören nicht zusammen: {detail}.</translation>
        </message>
        <message>
            <source>Plan the update again.</source>
            <translation>Planen Sie das Update neu.</translation>
        </message>
        <message>
            <source>Plug it in and start the command again; the PIN is asked for anew.</source>
            <translation>Stecken Sie es ein und starten Sie den Befehl noch einmal; nach der PIN wird neu gefragt.</translation>
        </message>
        <message>
            <source>Plug it in, then try again.</source>
            <translation>Stecken Sie es ein, dann versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Plug the cable in. Which ports there are: fieldtool ports.</source>
            <translation>Stecken Sie das Kabel ein. Welche Ports es gibt, zeigt: fieldtool ports.</translation>
        </message>
        <message>
            <source>Plug the token in, and start the command or the window again; the PIN is asked for.</source>
            <translation>Stecken Sie das Token ein und starten Sie Befehl oder Fenster neu; nach der PIN wird gefragt.</translation>
        </message>
        <message>
            <source>Publish them: fieldtool publish release FOLDER --to MIRROR --key FILE.</source>
            <translation>Geben Sie sie heraus: fieldtool publish release FOLDER --to MIRROR --key FILE.</translation>
        </message>
        <message>
            <source>Put it back if you moved it. Begin no update with this data folder without it, and tell your operator.</source>
            <translation>Legen Sie sie zurück, wenn Sie sie verschoben haben. Beginnen Sie ohne sie mit diesem Datenordner kein Update und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Put it back into service at the charger or through its central system, then tell support.</source>
            <translation>Nehmen Sie sie an der Station selbst oder über ihr Zentralsystem wieder in Betrieb, dann melden Sie es dem Support.</translation>
        </message>
        <message>
            <source>Put it back into service at the charger or through its central system.</source>
            <translation>Nehmen Sie sie an der Station selbst oder über ihr Zentralsystem wieder in Betrieb.</translation>
        </message>
        <message>
            <source>Put the database back. If it is lost, begin with another data folder (--data DIR) and tell your operator.</source>
            <translation>Spielen Sie die Datenbank zurück. Ist sie verloren, beginnen Sie mit einem anderen Datenordner (--data DIR) und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Put the newer database back, or begin no update with this data folder, and tell your operator.</source>
            <translation>Spielen Sie die neuere Datenbank zurück, oder beginnen Sie mit diesem Datenordner kein Update und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Put the right database back. Begin no update with this one, and tell your operator.</source>
            <translation>Spielen Sie die richtige Datenbank zurück. Beginnen Sie mit dieser kein Update und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Read it on the charger's label, then add: --serial SERIAL.</source>
            <translation>Lesen Sie sie vom Typenschild ab, dann ergänzen Sie: --serial SERIAL.</translation>
        </message>
        <message>
            <source>Read the code to whoever runs it, who then runs: fieldtool central laptop approve {code}. Records stay on this laptop until then.</source>
            <translation>Lesen Sie den Code dem Betreiber vor; dieser führt aus: fieldtool central laptop approve {code}. Bis dahin bleiben die Einträge auf diesem Laptop.</translation>
        </message>
        <message>
            <source>Records stay on this laptop and go up later by themselves.</source>
            <translation>Die Einträge bleiben auf diesem Laptop und werden später von selbst gesendet.</translation>
        </message>
        <message>
            <source>Records stay on this laptop. Compare the setting central.key with what the central system prints at start.</source>
            <translation>Die Einträge bleiben auf diesem Laptop. Vergleichen Sie die Einstellung central.key mit dem, was das Zentralsystem beim Start ausgibt.</translation>
        </message>
        <message>
            <source>Records stay on this laptop. Tell whoever runs the central system.</source>
            <translation>Die Einträge bleiben auf diesem Laptop. Melden Sie es dem Betreiber des Zentralsystems.</translation>
        </message>
        <message>
            <source>Records stay on this laptop. Try again; if it stays, tell whoever runs the central system.</source>
            <translation>Die Einträge bleiben auf diesem Laptop. Versuchen Sie es erneut; bleibt es so, melden Sie es dem Betreiber des Zentralsystems.</translation>
        </message>
        <message>
            <source>Records were lost here, or an old copy was restored. Stop working with this laptop and tell your operator.</source>
            <translation>Hier gingen Einträge verloren, oder eine alte Kopie wurde zurückgespielt. Arbeiten Sie nicht weiter mit diesem Laptop und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Records were lost or changed, there or here. Keep both sides as they are; an auditor can tell which is whole.</source>
            <translation>Einträge gingen verloren oder wurden geändert, dort oder hier. Lassen Sie beide Seiten, wie sie sind; ein Prüfer kann sagen, welche unversehrt ist.</translation>
        </message>
        <message>
            <source>Records were put in another order. Keep the data folder as it is and tell your operator.</source>
            <translation>Einträge wurden umgeordnet. Lassen Sie den Datenordner, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Records were removed here, or an old copy was restored. Stop working with this laptop and tell your operator.</source>
            <translation>Hier wurden Einträge entfernt, oder eine alte Kopie wurde zurückgespielt. Arbeiten Sie nicht weiter mit diesem Laptop und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Records were removed, swapped or inserted. Keep the data folder as it is and tell your operator.</source>
            <translation>Einträge wurden entfernt, vertauscht oder eingefügt. Lassen Sie den Datenordner, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Remove its cause. The site file may allow some problems to be overridden: {known}.</source>
            <translation>Beseitigen Sie die Ursache. Die Standortdatei kann erlauben, manche Probleme zu übergehen: {known}.</translation>
        </message>
        <message>
            <source>Renew it in time: fieldtool publish renew FOLDER --role {role}.</source>
            <translation>Erneuern Sie es rechtzeitig: fieldtool publish renew FOLDER --role {role}.</translation>
        </message>
        <message>
            <source>Renew it, then sign it: fieldtool publish renew FOLDER --role {role}.</source>
            <translation>Erneuern Sie es, dann signieren Sie es: fieldtool publish renew FOLDER --role {role}.</translation>
        </message>
        <message>
            <source>Restart the charger to return to its old firmware, then try again.</source>
            <translation>Starten Sie die Ladestation neu, damit sie zur alten Firmware zurückkehrt, und versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Restore it from a backup, or let the office machine name another one: fieldtool publish revoke.</source>
            <translation>Spielen Sie ihn aus einer Sicherung zurück oder lassen Sie den Bürorechner einen anderen nennen: fieldtool publish revoke.</translation>
        </message>
        <message>
            <source>Restore it from a backup: laptops trust only this key.</source>
            <translation>Spielen Sie ihn aus einer Sicherung zurück: Laptops vertrauen nur ihm.</translation>
        </message>
        <message>
            <source>Restore it from a backup: the certificates of all laptops hang on it.</source>
            <translation>Spielen Sie ihn aus einer Sicherung zurück: An ihm hängen die Zertifikate aller Laptops.</translation>
        </message>
        <message>
            <source>Role “{role}” of vendor {vendor} expired on {until}.</source>
            <translation>Die Rolle „{role}“ des Herstellers {vendor} lief am {until} ab.</translation>
        </message>
        <message>
            <source>Roots are renewed by a sync. For another vendor use a data folder of its own.</source>
            <translation>Vertrauensanker erneuern sich beim Synchronisieren. Für einen anderen Hersteller nehmen Sie einen eigenen Datenordner.</translation>
        </message>
        <message>
            <source>Run fieldtool recover in a terminal, without --json.</source>
            <translation>Führen Sie fieldtool recover in einem Terminal aus, ohne --json.</translation>
        </message>
        <message>
            <source>Run it in a terminal, or name a file that holds the PIN: --pin-file FILE.</source>
            <translation>Führen Sie es in einem Terminal aus oder nennen Sie eine Datei mit der PIN: --pin-file FILE.</translation>
        </message>
        <message>
            <source>Run: sudo modprobe {module}. If there is no such module, install the extra kernel modules of your system.</source>
            <translation>Führen Sie aus: sudo modprobe {module}. Fehlt das Modul, installieren Sie die zusätzlichen Kernelmodule Ihres Systems.</translation>
        </message>
        <message>
            <source>Run: sudo usermod -aG {group} {user}. Then log out and in again. Or install the rule that fieldtool ports --udev-rule prints.</source>
            <translation>Führen Sie aus: sudo usermod -aG {group} {user}. Dann ab- und wieder anmelden. Oder installieren Sie die Regel, die fieldtool ports --udev-rule ausgibt.</translation>
        </message>
        <message>
            <source>Say who decides, and for what reason.</source>
            <translation>Sagen Sie, wer entscheidet und aus welchem Grund.</translation>
        </message>
        <message>
            <source>Say who decides, and why.</source>
            <translation>Sagen Sie, wer entscheidet und warum.</translation>
        </message>
        <message>
            <source>See that PostgreSQL runs, lets this user in and has room. Laptops keep their records and try again.</source>
            <translation>Sorgen Sie dafür, dass PostgreSQL läuft, diesen Benutzer einlässt und Platz hat. Die Laptops behalten ihre Einträge und versuchen es erneut.</translation>
        </message>
        <message>
            <source>See the files that it names: fieldtool cache.</source>
            <translation>Welche Dateien er nennt, zeigt: fieldtool cache.</translation>
        </message>
        <message>
            <source>See to it that the laptop stays awake.</source>
            <translation>Sorgen Sie dafür, dass der Laptop wach bleibt.</translation>
        </message>
        <message>
            <source>See what failed after it.</source>
            <translation>Sehen Sie nach, was danach fehlgeschlagen ist.</translation>
        </message>
        <message>
            <source>See what fieldtool doctor says about the keystore.</source>
            <translation>Sehen Sie nach, was fieldtool doctor über den Schlüsselspeicher sagt.</translation>
        </message>
        <message>
            <source>See what is wrong.</source>
            <translation>Sehen Sie nach, was nicht stimmt.</translation>
        </message>
        <message>
            <source>See what it has: fieldtool cache list.</source>
            <translation>Was er hat, zeigt: fieldtool cache list.</translation>
        </message>
        <message>
            <source>See: fieldtool chargers. Check that it is powered and connected.</source>
            <translation>Siehe: fieldtool chargers. Prüfen Sie, ob sie Strom hat und verbunden ist.</translation>
        </message>
        <message>
            <source>See: fieldtool publish keys list FOLDER.</source>
            <translation>Siehe: fieldtool publish keys list FOLDER.</translation>
        </message>
        <message>
            <source>See: fieldtool publish verify FOLDER.</source>
            <translation>Siehe: fieldtool publish verify FOLDER.</translation>
        </message>
        <message>
            <source>See: fieldtool update SERIAL.</source>
            <translation>Siehe: fieldtool update SERIAL.</translation>
        </message>
        <message>
            <source>Select the charger and press Update.</source>
            <translation>Wählen Sie die Ladestation aus und drücken Sie „Aktualisieren“.</translation>
        </message>
        <message>
            <source>Send it as Authorization: Bearer TOKEN. Whoever runs the central system makes one.</source>
            <translation>Senden Sie es als Authorization: Bearer TOKEN. Wer das Zentralsystem betreibt, erstellt eines.</translation>
        </message>
        <message>
            <source>Send less, or in several parts.</source>
            <translation>Senden Sie weniger oder in mehreren Teilen.</translation>
        </message>
        <message>
            <source>Set it: fieldtool settings set central.url URL, then central.key FINGERPRINT as it prints it at start.</source>
            <translation>Stellen Sie es ein: fieldtool settings set central.url URL, dann central.key FINGERPRINT, wie es ihn beim Start ausgibt.</translation>
        </message>
        <message>
            <source>Set its clock or connect it to its time server, then update again.</source>
            <translation>Stellen Sie ihre Uhr oder verbinden Sie sie mit ihrem Zeitserver, dann aktualisieren Sie noch einmal.</translation>
        </message>
        <message>
            <source>Set one with the program of its maker.</source>
            <translation>Setzen Sie eine mit dem Programm seines Herstellers.</translation>
        </message>
        <message>
            <source>Set one: fieldtool settings set repository URL, or central.url URL.</source>
            <translation>Stellen Sie eines ein: fieldtool settings set repository URL oder central.url URL.</translation>
        </message>
        <message>
            <source>Set the address of the central system.</source>
            <translation>Stellen Sie die Adresse des Zentralsystems ein.</translation>
        </message>
        <message>
            <source>Set the charger up again by hand, or restore the data folder from a backup.</source>
            <translation>Richten Sie die Ladestation von Hand neu ein oder spielen Sie den Datenordner aus einer Sicherung zurück.</translation>
        </message>
        <message>
            <source>Set the charger's clock, or connect it to its time server.</source>
            <translation>Stellen Sie die Uhr der Ladestation oder verbinden Sie sie mit ihrem Zeitserver.</translation>
        </message>
        <message>
            <source>Set the clock, then sync.</source>
            <translation>Stellen Sie die Uhr, dann synchronisieren Sie.</translation>
        </message>
        <message>
            <source>Set the clock. Until then firmware may count as out of date.</source>
            <translation>Stellen Sie die Uhr. Bis dahin kann Firmware als veraltet gelten.</translation>
        </message>
        <message>
            <source>Set the laptop's clock.</source>
            <translation>Stellen Sie die Uhr des Laptops.</translation>
        </message>
        <message>
            <source>Set the laptop's clock. It tries again by itself with central's time.</source>
            <translation>Stellen Sie die Uhr des Laptops. Es wird von selbst mit der Zeit des Zentralsystems erneut versucht.</translation>
        </message>
        <message>
            <source>Set “director” to its address or folder (fieldtool settings), or import a bundle that holds both.</source>
            <translation>Setzen Sie „director“ auf seine Adresse oder seinen Ordner (fieldtool settings) oder importieren Sie ein Paket, das beides enthält.</translation>
        </message>
        <message>
            <source>Several workers need PostgreSQL, and a system that is not Windows.</source>
            <translation>Mehrere Arbeitsprozesse brauchen PostgreSQL und ein System, das nicht Windows ist.</translation>
        </message>
        <message>
            <source>Sign it with another key: fieldtool publish sign FOLDER --role {role} --key FILE.</source>
            <translation>Signieren Sie mit einem anderen Schlüssel: fieldtool publish sign FOLDER --role {role} --key FILE.</translation>
        </message>
        <message>
            <source>Signatures missing on “{role}”: {missing}.</source>
            <translation>Signaturen fehlen bei „{role}“: {missing}.</translation>
        </message>
        <message>
            <source>Signed by {signer}; the signature was checked on this laptop.</source>
            <translation>Signiert von {signer}; die Signatur wurde auf diesem Laptop geprüft.</translation>
        </message>
        <message>
            <source>Somebody deleted it. Keep the data folder as it is and tell your operator.</source>
            <translation>Jemand hat ihn gelöscht. Lassen Sie den Datenordner, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Somebody had write access to the database. Find out who; restore it from a backup.</source>
            <translation>Jemand hatte Schreibzugriff auf die Datenbank. Finden Sie heraus, wer; spielen Sie sie aus einer Sicherung zurück.</translation>
        </message>
        <message>
            <source>Somebody has to decide about them first: fieldtool central laptop list.</source>
            <translation>Jemand muss zuerst über sie entscheiden: fieldtool central laptop list.</translation>
        </message>
        <message>
            <source>Somebody has to press Enter when a step is done, and here is no terminal.</source>
            <translation>Jemand muss die Eingabetaste drücken, wenn ein Schritt getan ist, und hier ist kein Terminal.</translation>
        </message>
        <message>
            <source>Somebody may stand between you and the charger. Nothing secret was sent. Call your operator; only when the new key is confirmed: fieldtool trust pin {serial} --fingerprint FINGERPRINT.</source>
            <translation>Vielleicht steht jemand zwischen Ihnen und der Ladestation. Nichts Geheimes wurde gesendet. Rufen Sie Ihren Betreiber an; erst wenn der neue Schlüssel bestätigt ist: fieldtool trust pin {serial} --fingerprint FINGERPRINT.</translation>
        </message>
        <message>
            <source>Somebody may stand in between. No record was sent. Ask whoever runs it before you change central.key.</source>
            <translation>Vielleicht steht jemand dazwischen. Kein Eintrag wurde gesendet. Fragen Sie den Betreiber des Zentralsystems, bevor Sie central.key ändern.</translation>
        </message>
        <message>
            <source>Somebody put it in. Keep the data folder as it is and tell your operator.</source>
            <translation>Jemand hat ihn eingefügt. Lassen Sie den Datenordner, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Somebody used an old key of this laptop. Keep the data folder as it is and tell your operator.</source>
            <translation>Jemand hat einen alten Schlüssel dieses Laptops benutzt. Lassen Sie den Datenordner, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Something answers on {port}, but at {baud} baud it is no text.</source>
            <translation>An {port} antwortet etwas, aber bei {baud} Baud ist es kein Text.</translation>
        </message>
        <message>
            <source>Something changed it on the way. A proxy must hand on path, query and body as they are.</source>
            <translation>Unterwegs wurde etwas geändert. Ein Proxy muss Pfad, Abfrage und Inhalt unverändert weitergeben.</translation>
        </message>
        <message>
            <source>Something comes and goes. Copy the details for support.</source>
            <translation>Etwas kommt und geht. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Something else is wrong, so nothing is waited for.</source>
            <translation>Etwas anderes stimmt nicht, daher wird auf nichts gewartet.</translation>
        </message>
        <message>
            <source>Something runs on the charger, but no bootloader was seen: “{heard}”.</source>
            <translation>Auf der Ladestation läuft etwas, aber kein Bootloader war zu sehen: „{heard}“.</translation>
        </message>
        <message>
            <source>Something went wrong inside fieldtool: {detail}.</source>
            <translation>In fieldtool ist etwas schiefgegangen: {detail}.</translation>
        </message>
        <message>
            <source>Start a desktop session.</source>
            <translation>Starten Sie eine Desktopsitzung.</translation>
        </message>
        <message>
            <source>Start it: fieldtool lab start FOLDER.</source>
            <translation>Starten Sie ihn: fieldtool lab start FOLDER.</translation>
        </message>
        <message>
            <source>Start the recovery again. Copy the details for support if it stays so.</source>
            <translation>Starten Sie die Wiederherstellung noch einmal. Bleibt es so, kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Stop working with this laptop and tell your operator.</source>
            <translation>Arbeiten Sie nicht weiter mit diesem Laptop und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Store one: fieldtool secret set {serial}.</source>
            <translation>Hinterlegen Sie eines: fieldtool secret set {serial}.</translation>
        </message>
        <message>
            <source>Store the right one: fieldtool secret set {serial}.</source>
            <translation>Hinterlegen Sie den richtigen: fieldtool secret set {serial}.</translation>
        </message>
        <message>
            <source>Store the right password or key: fieldtool secret set {serial}.</source>
            <translation>Hinterlegen Sie das richtige Passwort oder den richtigen Schlüssel: fieldtool secret set {serial}.</translation>
        </message>
        <message>
            <source>Switch off sleep in its power settings, and leave the lid open.</source>
            <translation>Schalten Sie den Ruhezustand in den Energieeinstellungen ab und lassen Sie den Deckel offen.</translation>
        </message>
        <message>
            <source>Switch off sleep in the power settings, and leave the lid open.</source>
            <translation>Schalten Sie den Ruhezustand in den Energieeinstellungen ab und lassen Sie den Deckel offen.</translation>
        </message>
        <message>
            <source>Switch the charger off at its main switch, wait ten seconds, and switch it on again.</source>
            <translation>Schalten Sie die Ladestation am Hauptschalter aus, warten Sie zehn Sekunden und schalten Sie sie wieder ein.</translation>
        </message>
        <message>
            <source>Switch the charger off, wait five seconds, and switch it on again. Leave the cable connected.</source>
            <translation>Schalten Sie die Ladestation aus, warten Sie fünf Sekunden und schalten Sie sie wieder ein. Lassen Sie das Kabel stecken.</translation>
        </message>
        <message>
            <source>Sync a work order that names its hardware, or call support.</source>
            <translation>Synchronisieren Sie einen Auftrag, der ihre Hardware nennt, oder rufen Sie den Support an.</translation>
        </message>
        <message>
            <source>Sync again, or use a complete bundle.</source>
            <translation>Synchronisieren Sie noch einmal oder nehmen Sie ein vollständiges Paket.</translation>
        </message>
        <message>
            <source>Sync again, or use another bundle.</source>
            <translation>Synchronisieren Sie noch einmal oder nehmen Sie ein anderes Paket.</translation>
        </message>
        <message>
            <source>Sync again. If it happens twice, do not use this source and call your operator.</source>
            <translation>Synchronisieren Sie noch einmal. Geschieht es zweimal, benutzen Sie diese Quelle nicht und rufen Sie Ihren Betreiber an.</translation>
        </message>
        <message>
            <source>Sync again. If it stays so, tell your operator.</source>
            <translation>Synchronisieren Sie erneut. Bleibt es so, melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>Sync its records first.</source>
            <translation>Synchronisieren Sie zuerst dessen Einträge.</translation>
        </message>
        <message>
            <source>Sync the old firmware before the next update.</source>
            <translation>Synchronisieren Sie die alte Firmware vor dem nächsten Update.</translation>
        </message>
        <message>
            <source>Sync this laptop first: nobody should agree to what he cannot look up.</source>
            <translation>Synchronisieren Sie zuerst diesen Laptop: Niemand soll etwas zustimmen, das er nicht nachsehen kann.</translation>
        </message>
        <message>
            <source>Sync while you are online, or import a bundle: the setting “director” names the address or folder.</source>
            <translation>Synchronisieren Sie, solange Sie online sind, oder importieren Sie ein Paket: Die Einstellung „director“ nennt Adresse oder Ordner.</translation>
        </message>
        <message>
            <source>Sync while you are online: fieldtool sync. The setting “repository” names the address or folder.</source>
            <translation>Synchronisieren Sie, solange Sie online sind: fieldtool sync. Die Einstellung „repository“ nennt Adresse oder Ordner.</translation>
        </message>
        <message>
            <source>Sync with a fieldtool that is not older than the one which made it.</source>
            <translation>Synchronisieren Sie mit einem fieldtool, das nicht älter ist als das, welches es erstellt hat.</translation>
        </message>
        <message>
            <source>Sync, or carry an export there: fieldtool audit export FILE.</source>
            <translation>Synchronisieren Sie oder bringen Sie einen Export dorthin: fieldtool audit export FILE.</translation>
        </message>
        <message>
            <source>Sync, or import a bundle made after {published}.</source>
            <translation>Synchronisieren Sie oder importieren Sie ein Paket von nach {published}.</translation>
        </message>
        <message>
            <source>Sync, or import a bundle made after {until}. If this laptop's clock is wrong, set it and sync.</source>
            <translation>Synchronisieren Sie oder importieren Sie ein Paket von nach {until}. Geht die Uhr dieses Laptops falsch, stellen Sie sie und synchronisieren Sie dann.</translation>
        </message>
        <message>
            <source>Sync, or import a bundle made after {until}. Others are not concerned.</source>
            <translation>Synchronisieren Sie oder importieren Sie ein Paket von nach {until}. Andere sind nicht betroffen.</translation>
        </message>
        <message>
            <source>Sync, or import a bundle that has one.</source>
            <translation>Synchronisieren Sie oder importieren Sie ein Paket, das eines enthält.</translation>
        </message>
        <message>
            <source>Sync, or import a bundle that has {found}.</source>
            <translation>Synchronisieren Sie oder importieren Sie ein Paket mit {found}.</translation>
        </message>
        <message>
            <source>Sync, or import a bundle that has {stone}.</source>
            <translation>Synchronisieren Sie oder importieren Sie ein Paket mit {stone}.</translation>
        </message>
        <message>
            <source>Sync, or import a bundle with an image for it.</source>
            <translation>Synchronisieren oder importieren Sie ein Paket mit einem Image für sie.</translation>
        </message>
        <message>
            <source>Sync, or import a newer bundle.</source>
            <translation>Synchronisieren Sie oder importieren Sie ein neueres Paket.</translation>
        </message>
        <message>
            <source>Sync, or import the bundle again. If it happens twice, the laptop's disk may be failing.</source>
            <translation>Synchronisieren Sie oder importieren Sie das Paket erneut. Geschieht es zweimal, ist vielleicht der Datenträger des Laptops defekt.</translation>
        </message>
        <message>
            <source>Sync, or import the bundle again. The laptop's disk may be failing.</source>
            <translation>Synchronisieren oder importieren Sie erneut. Vielleicht ist der Datenträger des Laptops defekt.</translation>
        </message>
        <message>
            <source>Sync, so that the catalogue knows what runs now; or ask for a work order that names the charger's epoch.</source>
            <translation>Synchronisieren Sie, damit der Katalog kennt, was jetzt läuft; oder bitten Sie um einen Auftrag, der die Epoche der Ladestation nennt.</translation>
        </message>
        <message>
            <source>Sync, then export again; or export for a model, or everything.</source>
            <translation>Synchronisieren Sie und exportieren Sie erneut; oder exportieren Sie für ein Modell oder alles.</translation>
        </message>
        <message>
            <source>Sync, then make the report again.</source>
            <translation>Synchronisieren Sie, dann erstellen Sie den Bericht neu.</translation>
        </message>
        <message>
            <source>THROW-AWAY keys of a training folder.</source>
            <translation>WEGWERFSCHLÜSSEL eines Übungsordners.</translation>
        </message>
        <message>
            <source>Take the answer to this laptop's own export. Records stay pending.</source>
            <translation>Nehmen Sie die Antwort auf den Export dieses Laptops. Die Einträge bleiben offen.</translation>
        </message>
        <message>
            <source>Take the file that fieldtool audit export FILE wrote on the laptop.</source>
            <translation>Nehmen Sie die Datei, die fieldtool audit export FILE auf dem Laptop geschrieben hat.</translation>
        </message>
        <message>
            <source>Take the file that fieldtool central ingest wrote. Records stay pending.</source>
            <translation>Nehmen Sie die Datei, die fieldtool central ingest geschrieben hat. Die Einträge bleiben offen.</translation>
        </message>
        <message>
            <source>Take their rights away (chmod 600), and change the PIN if somebody may have read it.</source>
            <translation>Entziehen Sie ihnen die Rechte (chmod 600) und ändern Sie die PIN, wenn jemand sie gelesen haben kann.</translation>
        </message>
        <message>
            <source>Take their rights away (chmod 600), and change the password if it holds one.</source>
            <translation>Entziehen Sie ihnen die Rechte (chmod 600) und ändern Sie das Passwort, falls eines darin steht.</translation>
        </message>
        <message>
            <source>Take their rights away (chmod 600), and find out who could read it until now.</source>
            <translation>Entziehen Sie ihnen die Rechte (chmod 600) und finden Sie heraus, wer ihn bisher lesen konnte.</translation>
        </message>
        <message>
            <source>Tell support: that should not be possible.</source>
            <translation>Melden Sie es dem Support: Das sollte nicht möglich sein.</translation>
        </message>
        <message>
            <source>The PIN has fewer than {length} characters.</source>
            <translation>Die PIN hat weniger als {length} Zeichen.</translation>
        </message>
        <message>
            <source>The PIN of token {token} is needed, and nobody can be asked for it.</source>
            <translation>Die PIN des Tokens {token} wird gebraucht, und niemand kann danach gefragt werden.</translation>
        </message>
        <message>
            <source>The PIN of {actor} was typed wrongly too often.</source>
            <translation>Die PIN von {actor} wurde zu oft falsch eingegeben.</translation>
        </message>
        <message>
            <source>The PKCS#11 module {module} cannot be used: {detail}.</source>
            <translation>Das PKCS#11-Modul {module} ist nicht brauchbar: {detail}.</translation>
        </message>
        <message>
            <source>The address of a key on a token holds a PIN, or says where one lies.</source>
            <translation>Die Adresse eines Schlüssels auf einem Token enthält eine PIN oder sagt, wo eine liegt.</translation>
        </message>
        <message>
            <source>The address of the database names a password behind the question mark.</source>
            <translation>Die Adresse der Datenbank nennt hinter dem Fragezeichen ein Passwort.</translation>
        </message>
        <message>
            <source>The address of the database on the command line holds a password, which everybody on this machine can read.</source>
            <translation>Die Adresse der Datenbank in der Befehlszeile enthält ein Passwort, das jeder auf dieser Maschine lesen kann.</translation>
        </message>
        <message>
            <source>The approval in the name of {actor} is not signed by the key that it names.</source>
            <translation>Die Freigabe im Namen von {actor} ist nicht mit dem Schlüssel signiert, den sie nennt.</translation>
        </message>
        <message>
            <source>The approval of {actor} does not hold now; it ends at {until}.</source>
            <translation>Die Freigabe von {actor} gilt jetzt nicht; sie endet am {until}.</translation>
        </message>
        <message>
            <source>The approval of {actor} has served for a run on charger {serial} already.</source>
            <translation>Die Freigabe von {actor} hat schon für einen Lauf an der Ladestation {serial} gedient.</translation>
        </message>
        <message>
            <source>The approval of {actor} was given to another laptop.</source>
            <translation>Die Freigabe von {actor} wurde einem anderen Laptop erteilt.</translation>
        </message>
        <message>
            <source>The audit log ends at record {found}, but the central system has confirmed {expected}.</source>
            <translation>Das Protokoll endet beim Eintrag {found}, das Zentralsystem hat aber {expected} bestätigt.</translation>
        </message>
        <message>
            <source>The audit log ends at record {found}, but this laptop had written {expected}: its end was cut off.</source>
            <translation>Das Protokoll endet beim Eintrag {found}, dieser Laptop hatte aber {expected} geschrieben: Sein Ende wurde abgeschnitten.</translation>
        </message>
        <message>
            <source>The audit log of this laptop introduced another key to the central system than the one that asks.</source>
            <translation>Das Protokoll dieses Laptops hat dem Zentralsystem einen anderen Schlüssel vorgestellt als den, der fragt.</translation>
        </message>
        <message>
            <source>The bootloader did not start what was written, and waits: payload or signature are not what it takes.</source>
            <translation>Der Bootloader hat das Geschriebene nicht gestartet und wartet: Inhalt oder Signatur passen ihm nicht.</translation>
        </message>
        <message>
            <source>The bootloader does not keep which firmware is to start: {detail}.</source>
            <translation>Der Bootloader merkt sich nicht, welche Firmware starten soll: {detail}.</translation>
        </message>
        <message>
            <source>The bootloader does not tell a serial number.</source>
            <translation>Der Bootloader nennt keine Seriennummer.</translation>
        </message>
        <message>
            <source>The bootloader does not tell which model and hardware this charger is.</source>
            <translation>Der Bootloader sagt nicht, welches Modell und welche Hardware diese Ladestation ist.</translation>
        </message>
        <message>
            <source>The bootloader does not trust the firmware: {detail}.</source>
            <translation>Der Bootloader vertraut der Firmware nicht: {detail}.</translation>
        </message>
        <message>
            <source>The bootloader on this line says it is charger {found}, not {expected}.</source>
            <translation>Der Bootloader auf dieser Leitung meldet sich als Ladestation {found}, nicht {expected}.</translation>
        </message>
        <message>
            <source>The bootloader on {port} did not answer for {seconds} seconds to “{command}”.</source>
            <translation>Der Bootloader an {port} hat {seconds} Sekunden lang nicht auf „{command}“ geantwortet.</translation>
        </message>
        <message>
            <source>The bootloader on {port} repeats what is typed with mistakes, so nothing was entered.</source>
            <translation>Der Bootloader an {port} wiederholt das Getippte mit Fehlern, daher wurde nichts eingegeben.</translation>
        </message>
        <message>
            <source>The bootloader refuses “{command}”: {detail}.</source>
            <translation>Der Bootloader weist „{command}“ ab: {detail}.</translation>
        </message>
        <message>
            <source>The bootloader takes files of the format {expected}. This one is {found}.</source>
            <translation>Der Bootloader nimmt Dateien des Formats {expected}. Diese hat {found}.</translation>
        </message>
        <message>
            <source>The bundle {file} cannot be written: {detail}.</source>
            <translation>Das Paket {file} kann nicht geschrieben werden: {detail}.</translation>
        </message>
        <message>
            <source>The catalogue does not name the maker's keys for {target}, so its own signature cannot be checked.</source>
            <translation>Der Katalog nennt die Schlüssel des Herstellers für {target} nicht; die Signatur der Datei lässt sich daher nicht prüfen.</translation>
        </message>
        <message>
            <source>The catalogue has no firmware for {wanted}.</source>
            <translation>Der Katalog hat keine Firmware für {wanted}.</translation>
        </message>
        <message>
            <source>The catalogue has no release for {model}, hardware {hardware}.</source>
            <translation>Der Katalog hat kein Release für {model}, Hardware {hardware}.</translation>
        </message>
        <message>
            <source>The catalogue has no version {version} for {model}.</source>
            <translation>Der Katalog hat keine Version {version} für {model}.</translation>
        </message>
        <message>
            <source>The catalogue is being read.</source>
            <translation>Der Katalog wird gelesen.</translation>
        </message>
        <message>
            <source>The catalogue names no file {target}.</source>
            <translation>Der Katalog nennt keine Datei {target}.</translation>
        </message>
        <message>
            <source>The catalogue would refuse this image for an update now: {detail}.</source>
            <translation>Für ein Update würde der Katalog dieses Image jetzt ablehnen: {detail}.</translation>
        </message>
        <message>
            <source>The catalogue's entry {target} is not usable: {field} {why}.</source>
            <translation>Der Katalogeintrag {target} ist nicht brauchbar: {field} {why}.</translation>
        </message>
        <message>
            <source>The central system cannot listen on {address}: {detail}.</source>
            <translation>Das Zentralsystem kann an {address} keine Verbindungen annehmen: {detail}.</translation>
        </message>
        <message>
            <source>The central system cannot take anything just now: {detail}.</source>
            <translation>Das Zentralsystem kann gerade nichts annehmen: {detail}.</translation>
        </message>
        <message>
            <source>The central system cannot unpack what was sent.</source>
            <translation>Das Zentralsystem kann das Gesendete nicht entpacken.</translation>
        </message>
        <message>
            <source>The central system confirmed another document than the one that was sent.</source>
            <translation>Das Zentralsystem hat ein anderes Dokument bestätigt als das gesendete.</translation>
        </message>
        <message>
            <source>The central system did not issue the certificate of this laptop.</source>
            <translation>Das Zentralsystem hat das Zertifikat dieses Laptops nicht ausgestellt.</translation>
        </message>
        <message>
            <source>The central system does not know the laptop with key {key}.</source>
            <translation>Das Zentralsystem kennt den Laptop mit dem Schlüssel {key} nicht.</translation>
        </message>
        <message>
            <source>The central system does not know this token, or its owner was removed.</source>
            <translation>Das Zentralsystem kennt dieses Token nicht, oder sein Besitzer wurde entfernt.</translation>
        </message>
        <message>
            <source>The central system does not take a document of run {run}: {detail}.</source>
            <translation>Das Zentralsystem nimmt ein Dokument des Laufs {run} nicht an: {detail}.</translation>
        </message>
        <message>
            <source>The central system gets too many requests from this laptop.</source>
            <translation>Das Zentralsystem bekommt von diesem Laptop zu viele Anfragen.</translation>
        </message>
        <message>
            <source>The central system has confirmed other audit records up to {seq} than this laptop holds.</source>
            <translation>Das Zentralsystem hat bis {seq} andere Protokolleinträge bestätigt, als dieser Laptop hat.</translation>
        </message>
        <message>
            <source>The central system has no file {file} for laptops.</source>
            <translation>Das Zentralsystem hat keine Datei {file} für Laptops.</translation>
        </message>
        <message>
            <source>The central system has no one laptop {name}.</source>
            <translation>Das Zentralsystem hat keinen eindeutigen Laptop {name}.</translation>
        </message>
        <message>
            <source>The central system has no record of this log.</source>
            <translation>Das Zentralsystem hat keinen Eintrag dieses Protokolls.</translation>
        </message>
        <message>
            <source>The central system has not confirmed any record of this log yet.</source>
            <translation>Das Zentralsystem hat noch keinen Eintrag dieses Protokolls bestätigt.</translation>
        </message>
        <message>
            <source>The central system has not let this laptop in yet. Its code is {code}.</source>
            <translation>Das Zentralsystem hat diesen Laptop noch nicht zugelassen. Sein Code ist {code}.</translation>
        </message>
        <message>
            <source>The central system holds another audit record {seq} of this log, signed by the same laptop.</source>
            <translation>Das Zentralsystem hat einen anderen Protokolleintrag {seq} dieses Protokolls, vom selben Laptop signiert.</translation>
        </message>
        <message>
            <source>The central system holds other audit records of this log, signed by the same laptop.</source>
            <translation>Das Zentralsystem hat andere Einträge dieses Protokolls, vom selben Laptop signiert.</translation>
        </message>
        <message>
            <source>The central system holds {found} of the {expected} records that it has confirmed.</source>
            <translation>Das Zentralsystem hat {found} der {expected} Einträge, die es bestätigt hat.</translation>
        </message>
        <message>
            <source>The central system holds {found} records of this laptop, which itself has only {expected}.</source>
            <translation>Das Zentralsystem hat {found} Einträge dieses Laptops, der selbst nur {expected} hat.</translation>
        </message>
        <message>
            <source>The central system knows this audit log from another laptop.</source>
            <translation>Das Zentralsystem kennt dieses Protokoll von einem anderen Laptop.</translation>
        </message>
        <message>
            <source>The central system refuses the records: {detail}.</source>
            <translation>Das Zentralsystem weist die Einträge ab: {detail}.</translation>
        </message>
        <message>
            <source>The central system takes at most {most} bytes at once.</source>
            <translation>Das Zentralsystem nimmt höchstens {most} Bytes auf einmal an.</translation>
        </message>
        <message>
            <source>The central system wants to know who asks: a person's token is missing.</source>
            <translation>Das Zentralsystem will wissen, wer fragt: Das Token einer Person fehlt.</translation>
        </message>
        <message>
            <source>The central system wants to know who asks: nobody signed this request.</source>
            <translation>Das Zentralsystem will wissen, wer fragt: Niemand hat diese Anfrage signiert.</translation>
        </message>
        <message>
            <source>The central system was asked to let this laptop in, and {by} said no.</source>
            <translation>Das Zentralsystem wurde gebeten, diesen Laptop zuzulassen, und {by} hat abgelehnt.</translation>
        </message>
        <message>
            <source>The central system {url} does not answer: {detail}.</source>
            <translation>Das Zentralsystem {url} antwortet nicht: {detail}.</translation>
        </message>
        <message>
            <source>The central system {url} shows another key. Expected {expected}, found {found}.</source>
            <translation>Das Zentralsystem {url} zeigt einen anderen Schlüssel. Erwartet {expected}, gefunden {found}.</translation>
        </message>
        <message>
            <source>The central system {url} shows the key {found}, which nobody has confirmed on this laptop.</source>
            <translation>Das Zentralsystem {url} zeigt den Schlüssel {found}, den auf diesem Laptop niemand bestätigt hat.</translation>
        </message>
        <message>
            <source>The central system's receipt cannot be read.</source>
            <translation>Die Quittung des Zentralsystems kann nicht gelesen werden.</translation>
        </message>
        <message>
            <source>The central system's receipt does not answer what was asked.</source>
            <translation>Die Quittung des Zentralsystems beantwortet nicht, was gefragt war.</translation>
        </message>
        <message>
            <source>The central system's receipt does not cover how the laptop's log began, so its key alone proves nothing here.</source>
            <translation>Die Quittung des Zentralsystems umfasst nicht, wie das Protokoll des Laptops begann; sein Schlüssel allein beweist hier also nichts.</translation>
        </message>
        <message>
            <source>The central system's receipt in this evidence is of a key that is not in it, so a fingerprint is not enough.</source>
            <translation>Die Quittung des Zentralsystems in diesem Nachweis gehört zu einem Schlüssel, der nicht darin steht; ein Fingerabdruck reicht daher nicht.</translation>
        </message>
        <message>
            <source>The central system's receipt is for other records than this laptop's first {size}.</source>
            <translation>Die Quittung des Zentralsystems ist für andere Einträge als die ersten {size} dieses Laptops.</translation>
        </message>
        <message>
            <source>The certificate of this laptop ended on {until}.</source>
            <translation>Das Zertifikat dieses Laptops lief am {until} ab.</translation>
        </message>
        <message>
            <source>The certificate of {signer} in {target} holds {begins} to {until}: not when it was published ({published}).</source>
            <translation>Das Zertifikat von {signer} in {target} gilt von {begins} bis {until}: nicht, als es herausgegeben wurde ({published}).</translation>
        </message>
        <message>
            <source>The certificate of {signer} in {target} was not made for the purpose “{purpose}”.</source>
            <translation>Das Zertifikat von {signer} in {target} ist nicht für den Zweck „{purpose}“ ausgestellt.</translation>
        </message>
        <message>
            <source>The certificate with which {target} is signed ended on {until}.</source>
            <translation>Das Zertifikat, mit dem {target} signiert ist, lief am {until} ab.</translation>
        </message>
        <message>
            <source>The charger at {address} refuses the stored login of user {user}.</source>
            <translation>Die Ladestation unter {address} weist die hinterlegte Anmeldung des Benutzers {user} ab.</translation>
        </message>
        <message>
            <source>The charger cannot resolve names.</source>
            <translation>Die Ladestation kann keine Namen auflösen.</translation>
        </message>
        <message>
            <source>The charger changed to {found} although nothing was installed yet.</source>
            <translation>Die Ladestation hat zu {found} gewechselt, obwohl noch nichts installiert wurde.</translation>
        </message>
        <message>
            <source>The charger could not be taken out of service: {detail}.</source>
            <translation>Die Ladestation konnte nicht außer Betrieb genommen werden: {detail}.</translation>
        </message>
        <message>
            <source>The charger could not install the firmware: {detail}.</source>
            <translation>Die Ladestation konnte die Firmware nicht installieren: {detail}.</translation>
        </message>
        <message>
            <source>The charger did not accept the confirmation: {detail}.</source>
            <translation>Die Ladestation hat die Bestätigung nicht angenommen: {detail}.</translation>
        </message>
        <message>
            <source>The charger did not accept the way back to its old firmware: {detail}.</source>
            <translation>Die Ladestation hat den Weg zurück auf ihre alte Firmware nicht angenommen: {detail}.</translation>
        </message>
        <message>
            <source>The charger did not go back into service: {detail}.</source>
            <translation>Die Ladestation ging nicht wieder in Betrieb: {detail}.</translation>
        </message>
        <message>
            <source>The charger did not restart within {seconds} seconds.</source>
            <translation>Die Ladestation ist nicht innerhalb von {seconds} Sekunden neu gestartet.</translation>
        </message>
        <message>
            <source>The charger did not return to its old firmware: {found}.</source>
            <translation>Die Ladestation ist nicht auf ihre alte Firmware zurückgegangen: {found}.</translation>
        </message>
        <message>
            <source>The charger did not start the new firmware and waits in its bootloader.</source>
            <translation>Die Ladestation hat die neue Firmware nicht gestartet und wartet in ihrem Bootloader.</translation>
        </message>
        <message>
            <source>The charger did not take its settings: {detail}.</source>
            <translation>Die Ladestation hat ihre Einstellungen nicht angenommen: {detail}.</translation>
        </message>
        <message>
            <source>The charger did not take the request to restart: {detail}.</source>
            <translation>Die Ladestation hat die Aufforderung zum Neustart nicht angenommen: {detail}.</translation>
        </message>
        <message>
            <source>The charger did not tell its settings: {detail}.</source>
            <translation>Die Ladestation hat ihre Einstellungen nicht genannt: {detail}.</translation>
        </message>
        <message>
            <source>The charger did not tell its {fact}: the command ended with {status}: {detail}.</source>
            <translation>Die Ladestation hat „{fact}“ nicht genannt: Der Befehl endete mit {status}: {detail}.</translation>
        </message>
        <message>
            <source>The charger does not reach its time server.</source>
            <translation>Die Ladestation erreicht ihren Zeitserver nicht.</translation>
        </message>
        <message>
            <source>The charger does not take the firmware file into {folder}: {detail}.</source>
            <translation>Die Ladestation nimmt die Firmwaredatei nicht in {folder} an: {detail}.</translation>
        </message>
        <message>
            <source>The charger does not tell which of its firmware images runs.</source>
            <translation>Die Ladestation sagt nicht, welches ihrer Firmware-Images läuft.</translation>
        </message>
        <message>
            <source>The charger gave an answer that makes no sense: {detail}.</source>
            <translation>Die Ladestation hat eine sinnlose Antwort gegeben: {detail}.</translation>
        </message>
        <message>
            <source>The charger has hardware {found}. The firmware is for hardware {expected}.</source>
            <translation>Die Ladestation hat die Hardware {found}. Die Firmware ist für die Hardware {expected}.</translation>
        </message>
        <message>
            <source>The charger has no other firmware to return to: {detail}.</source>
            <translation>Die Ladestation hat keine andere Firmware, zu der sie zurückkehren kann: {detail}.</translation>
        </message>
        <message>
            <source>The charger has no room to install the firmware: {detail}.</source>
            <translation>Die Ladestation hat keinen Platz, um die Firmware zu installieren: {detail}.</translation>
        </message>
        <message>
            <source>The charger has not told who it is yet.</source>
            <translation>Die Ladestation hat noch nicht gesagt, wer sie ist.</translation>
        </message>
        <message>
            <source>The charger has {found} MB free for firmware; the file has {expected} MB.</source>
            <translation>Die Ladestation hat {found} MB für Firmware frei; die Datei hat {expected} MB.</translation>
        </message>
        <message>
            <source>The charger has {free} bytes free in {folder}, the firmware needs {needed}.</source>
            <translation>Die Ladestation hat in {folder} {free} Bytes frei, die Firmware braucht {needed}.</translation>
        </message>
        <message>
            <source>The charger is a {found}. The firmware is for {expected}.</source>
            <translation>Die Ladestation ist vom Modell {found}. Die Firmware ist für {expected}.</translation>
        </message>
        <message>
            <source>The charger is as it was.</source>
            <translation>Die Ladestation ist, wie sie war.</translation>
        </message>
        <message>
            <source>The charger is in use: {found}.</source>
            <translation>Die Ladestation wird benutzt: {found}.</translation>
        </message>
        <message>
            <source>The charger is not healthy before the update: {found}.</source>
            <translation>Die Ladestation ist vor dem Update nicht in Ordnung: {found}.</translation>
        </message>
        <message>
            <source>The charger is reserved: {found}.</source>
            <translation>Die Ladestation ist reserviert: {found}.</translation>
        </message>
        <message>
            <source>The charger keeps its old firmware and can return to it.</source>
            <translation>Die Ladestation behält ihre alte Firmware und kann zu ihr zurückkehren.</translation>
        </message>
        <message>
            <source>The charger keeps its old firmware beside the new.</source>
            <translation>Die Ladestation behält ihre alte Firmware neben der neuen.</translation>
        </message>
        <message>
            <source>The charger keeps its settings in the layout {found}; those that shall be written have {expected}.</source>
            <translation>Die Ladestation speichert ihre Einstellungen im Aufbau {found}; die zu schreibenden haben {expected}.</translation>
        </message>
        <message>
            <source>The charger keeps no old firmware of {component}, and its file was not on the laptop.</source>
            <translation>Die Ladestation behält keine alte Firmware von {component}, und die Datei war nicht auf dem Laptop.</translation>
        </message>
        <message>
            <source>The charger may not start by itself.</source>
            <translation>Die Ladestation startet möglicherweise nicht von selbst.</translation>
        </message>
        <message>
            <source>The charger must not bill like this. Copy the details for support.</source>
            <translation>So darf die Ladestation nicht abrechnen. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>The charger refuses the firmware's signature: {detail}.</source>
            <translation>Die Ladestation weist die Signatur der Firmware ab: {detail}.</translation>
        </message>
        <message>
            <source>The charger refuses the {what}: {detail}.</source>
            <translation>Die Ladestation weist „{what}“ ab: {detail}.</translation>
        </message>
        <message>
            <source>The charger refuses to try the firmware that it runs.</source>
            <translation>Die Ladestation weigert sich, die laufende Firmware zu erproben.</translation>
        </message>
        <message>
            <source>The charger reports “{found}” as its serial number, which identifies nobody.</source>
            <translation>Die Ladestation meldet „{found}“ als Seriennummer; das bezeichnet keine bestimmte Ladestation.</translation>
        </message>
        <message>
            <source>The charger returned to its old firmware by itself.</source>
            <translation>Die Ladestation ist von selbst auf ihre alte Firmware zurückgegangen.</translation>
        </message>
        <message>
            <source>The charger runs its old firmware again.</source>
            <translation>Die Ladestation läuft wieder mit ihrer alten Firmware.</translation>
        </message>
        <message>
            <source>The charger runs its old firmware, but did not take its old settings back: {detail}.</source>
            <translation>Die Ladestation läuft mit ihrer alten Firmware, hat aber ihre alten Einstellungen nicht wieder angenommen: {detail}.</translation>
        </message>
        <message>
            <source>The charger runs {found}, which is neither the old nor the new firmware.</source>
            <translation>Die Ladestation läuft mit {found}; das ist weder die alte noch die neue Firmware.</translation>
        </message>
        <message>
            <source>The charger runs, but did not take the request to serve again: {detail}.</source>
            <translation>Die Ladestation läuft, hat aber die Aufforderung, wieder in Betrieb zu gehen, nicht angenommen: {detail}.</translation>
        </message>
        <message>
            <source>The charger says it is {found}, but profile {profile} is for {expected}.</source>
            <translation>Die Ladestation meldet sich als {found}, das Profil {profile} ist aber für {expected}.</translation>
        </message>
        <message>
            <source>The charger says that it wrote, but from byte {offset} on its memory holds something else.</source>
            <translation>Die Ladestation meldet, dass sie geschrieben hat, aber ab Byte {offset} steht in ihrem Speicher etwas anderes.</translation>
        </message>
        <message>
            <source>The charger says that the firmware file is damaged: {detail}.</source>
            <translation>Die Ladestation meldet, dass die Firmwaredatei beschädigt ist: {detail}.</translation>
        </message>
        <message>
            <source>The charger says that this firmware is for another model: {detail}.</source>
            <translation>Die Ladestation meldet, dass diese Firmware für ein anderes Modell ist: {detail}.</translation>
        </message>
        <message>
            <source>The charger sits in its bootloader and takes new firmware there.</source>
            <translation>Die Ladestation steht in ihrem Bootloader und nimmt dort neue Firmware an.</translation>
        </message>
        <message>
            <source>The charger sits in its bootloader.</source>
            <translation>Die Ladestation steht in ihrem Bootloader.</translation>
        </message>
        <message>
            <source>The charger sits in its bootloader: no firmware runs that could say who it is.</source>
            <translation>Die Ladestation steht im Bootloader: Es läuft keine Firmware, die sagen könnte, wer sie ist.</translation>
        </message>
        <message>
            <source>The charger starts again and again, and its firmware never speaks. The last words: {detail}.</source>
            <translation>Die Ladestation startet immer wieder, und ihre Firmware meldet sich nie. Die letzten Worte: {detail}.</translation>
        </message>
        <message>
            <source>The charger starts without giving anybody the time to stop it (bootdelay=-2): “{heard}”.</source>
            <translation>Die Ladestation startet, ohne dass jemand sie anhalten könnte (bootdelay=-2): „{heard}“.</translation>
        </message>
        <message>
            <source>The charger still tries firmware that nobody has confirmed, and takes no other until then.</source>
            <translation>Die Ladestation erprobt noch eine Firmware, die niemand bestätigt hat, und nimmt bis dahin keine andere an.</translation>
        </message>
        <message>
            <source>The charger told its {fact} in a way that cannot be read: {found}.</source>
            <translation>Die Ladestation hat „{fact}“ in unlesbarer Form genannt: {found}.</translation>
        </message>
        <message>
            <source>The charger told nothing about itself.</source>
            <translation>Die Ladestation hat nichts über sich gesagt.</translation>
        </message>
        <message>
            <source>The charger was being brought back. It asks the charger how it is, and writes again what is missing.</source>
            <translation>Die Wiederherstellung der Ladestation war im Gange. Der Lauf fragt sie nach ihrem Stand und schreibt noch einmal, was fehlt.</translation>
        </message>
        <message>
            <source>The charger was returning to its old firmware. It asks the charger and finishes that.</source>
            <translation>Die Ladestation war auf dem Weg zurück auf ihre alte Firmware. Der Lauf fragt sie und bringt das zu Ende.</translation>
        </message>
        <message>
            <source>The charger was told to start, and said nothing of its firmware for {seconds} seconds.</source>
            <translation>Die Ladestation sollte starten und hat {seconds} Sekunden lang nichts von ihrer Firmware gemeldet.</translation>
        </message>
        <message>
            <source>The charger's bootloader rejected the new firmware and erased it: the old one runs.</source>
            <translation>Der Bootloader der Ladestation hat die neue Firmware verworfen und gelöscht: Die alte läuft.</translation>
        </message>
        <message>
            <source>The charger's central system has ordered an update of its own: {found}.</source>
            <translation>Das Zentralsystem der Ladestation hat selbst ein Update angeordnet: {found}.</translation>
        </message>
        <message>
            <source>The charger's certificate {name} ended on {until}.</source>
            <translation>Das Zertifikat {name} der Ladestation ist am {until} abgelaufen.</translation>
        </message>
        <message>
            <source>The charger's certificate {name} ends on {until}.</source>
            <translation>Das Zertifikat {name} der Ladestation läuft am {until} ab.</translation>
        </message>
        <message>
            <source>The charger's clock is off by {found} seconds; certificates may be refused.</source>
            <translation>Die Uhr der Ladestation weicht um {found} Sekunden ab; Zertifikate könnten abgewiesen werden.</translation>
        </message>
        <message>
            <source>The charger's firmware is half written; it still runs from memory and would not start again.</source>
            <translation>Die Firmware der Ladestation ist halb geschrieben; sie läuft noch aus dem Arbeitsspeicher und würde nicht wieder starten.</translation>
        </message>
        <message>
            <source>The charger's firmware is half written; it still runs from memory.</source>
            <translation>Die Firmware der Ladestation ist halb geschrieben; sie läuft noch aus dem Arbeitsspeicher.</translation>
        </message>
        <message>
            <source>The charger's installation broke off before it was complete.</source>
            <translation>Die Installation auf der Ladestation brach ab, bevor sie vollständig war.</translation>
        </message>
        <message>
            <source>The charger's memory cannot be written from byte {offset} on: {detail}.</source>
            <translation>Der Speicher der Ladestation lässt sich ab Byte {offset} nicht beschreiben: {detail}.</translation>
        </message>
        <message>
            <source>The charger's memory has no block {block} (hexadecimal), where the place for the firmware ends: {detail}.</source>
            <translation>Der Speicher der Ladestation hat keinen Block {block} (hexadezimal), wo der Platz für die Firmware endet: {detail}.</translation>
        </message>
        <message>
            <source>The charger's settings cannot be saved in {folder}: {detail}.</source>
            <translation>Die Einstellungen der Ladestation können in {folder} nicht gesichert werden: {detail}.</translation>
        </message>
        <message>
            <source>The charger's update service is busy with another operation.</source>
            <translation>Der Update-Dienst der Ladestation ist mit einem anderen Vorgang beschäftigt.</translation>
        </message>
        <message>
            <source>The charger's update service stopped during the installation and does not answer any more: {detail}.</source>
            <translation>Der Update-Dienst der Ladestation blieb während der Installation stehen und antwortet nicht mehr: {detail}.</translation>
        </message>
        <message>
            <source>The clocks of this laptop and of the central system differ too much; central's says {now}.</source>
            <translation>Die Uhren dieses Laptops und des Zentralsystems weichen zu stark ab; dort ist es {now}.</translation>
        </message>
        <message>
            <source>The connection to {address} was lost: {detail}.</source>
            <translation>Die Verbindung zu {address} ist abgebrochen: {detail}.</translation>
        </message>
        <message>
            <source>The content of {found} is what was installed (SHA-256 agrees).</source>
            <translation>Der Inhalt von {found} ist der installierte (SHA-256 stimmt überein).</translation>
        </message>
        <message>
            <source>The data folder came from another laptop or account. Use it there. Nothing is done without records.</source>
            <translation>Der Datenordner kam von einem anderen Laptop oder Konto. Benutzen Sie ihn dort. Ohne Einträge wird nichts getan.</translation>
        </message>
        <message>
            <source>The data folder was copied between laptops. Use it on one only, and tell your operator.</source>
            <translation>Der Datenordner wurde zwischen Laptops kopiert. Benutzen Sie ihn nur auf einem und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>The database holds another audit log ({found}…) than this data folder ({expected}…).</source>
            <translation>Die Datenbank enthält ein anderes Protokoll ({found}…) als dieser Datenordner ({expected}…).</translation>
        </message>
        <message>
            <source>The database holds something already, and it is not what is moved.</source>
            <translation>Die Datenbank enthält schon etwas, und es ist nicht das zu Übertragende.</translation>
        </message>
        <message>
            <source>The database in {folder} is damaged: {detail}.</source>
            <translation>Die Datenbank in {folder} ist beschädigt: {detail}.</translation>
        </message>
        <message>
            <source>The database in {folder} was written by a newer fieldtool ({found}).</source>
            <translation>Die Datenbank in {folder} wurde von einem neueren fieldtool ({found}) geschrieben.</translation>
        </message>
        <message>
            <source>The database is new, but this laptop has kept an audit log in this data folder before.</source>
            <translation>Die Datenbank ist neu, dieser Laptop hat in diesem Datenordner aber schon ein Protokoll geführt.</translation>
        </message>
        <message>
            <source>The database says that the key {found} signs now, but the signed records say {expected}.</source>
            <translation>Die Datenbank sagt, dass jetzt der Schlüssel {found} signiert, die signierten Einträge sagen aber {expected}.</translation>
        </message>
        <message>
            <source>The database {where} does not do what central asks: {detail}.</source>
            <translation>Die Datenbank {where} führt nicht aus, was das Zentralsystem verlangt: {detail}.</translation>
        </message>
        <message>
            <source>The decision to pass {problem} stands in the audit log.</source>
            <translation>Die Entscheidung, {problem} zu übergehen, steht im Protokoll.</translation>
        </message>
        <message>
            <source>The demo broke off at “{step}”: {detail}.</source>
            <translation>Die Vorführung brach bei „{step}“ ab: {detail}.</translation>
        </message>
        <message>
            <source>The director would have {files} files of {size} bytes, more than laptops take.</source>
            <translation>Der Director hätte {files} Dateien mit {size} Bytes, mehr als Laptops annehmen.</translation>
        </message>
        <message>
            <source>The director's folder {folder} is not taken: {detail}.</source>
            <translation>Der Ordner des Directors {folder} wird nicht übernommen: {detail}.</translation>
        </message>
        <message>
            <source>The director's is added with --director, the vendor's without. Ask whoever gave you the file.</source>
            <translation>Der des Directors wird mit --director hinzugefügt, der des Herstellers ohne. Fragen Sie, wer Ihnen die Datei gegeben hat.</translation>
        </message>
        <message>
            <source>The director's list says that this laptop's key may not be used any more.</source>
            <translation>Laut Sperrliste des Directors darf der Schlüssel dieses Laptops nicht mehr benutzt werden.</translation>
        </message>
        <message>
            <source>The director's root of trust in the data folder is another one than was accepted ({fingerprint}).</source>
            <translation>Der Vertrauensanker des Directors im Datenordner ist ein anderer als der angenommene ({fingerprint}).</translation>
        </message>
        <message>
            <source>The document is larger than {size} bytes.</source>
            <translation>Das Dokument ist größer als {size} Bytes.</translation>
        </message>
        <message>
            <source>The document is not the one that its hash names.</source>
            <translation>Das Dokument ist nicht das, welches sein Hash nennt.</translation>
        </message>
        <message>
            <source>The driver {driver} cannot reach the component {component} over {link}.</source>
            <translation>Der Treiber {driver} erreicht die Komponente {component} nicht über {link}.</translation>
        </message>
        <message>
            <source>The export begins after record {after}, but only {found} are held here.</source>
            <translation>Der Export beginnt nach dem Eintrag {after}, hier liegen aber nur {found} vor.</translation>
        </message>
        <message>
            <source>The export tells of {expected} records and holds them only up to {found}. Those were kept.</source>
            <translation>Der Export spricht von {expected} Einträgen und enthält sie nur bis {found}. Diese wurden behalten.</translation>
        </message>
        <message>
            <source>The fault {name} cannot be {value}.</source>
            <translation>Der Fehler {name} kann nicht {value} sein.</translation>
        </message>
        <message>
            <source>The file audit-anchor cannot be read or written: {detail}.</source>
            <translation>Die Datei audit-anchor kann nicht gelesen oder geschrieben werden: {detail}.</translation>
        </message>
        <message>
            <source>The file audit-anchor, which says how long the audit log is, is missing.</source>
            <translation>Die Datei audit-anchor, die sagt, wie lang das Protokoll ist, fehlt.</translation>
        </message>
        <message>
            <source>The file audit-anchor, which says how long the audit log is, was damaged or altered.</source>
            <translation>Die Datei audit-anchor, die sagt, wie lang das Protokoll ist, wurde beschädigt oder verändert.</translation>
        </message>
        <message>
            <source>The file of the old firmware was on the laptop.</source>
            <translation>Die Datei der alten Firmware war auf dem Laptop.</translation>
        </message>
        <message>
            <source>The file of {target} changed on this laptop while it was sent. It was removed from the charger again.</source>
            <translation>Die Datei von {target} hat sich auf diesem Laptop während des Sendens geändert. Sie wurde von der Ladestation wieder entfernt.</translation>
        </message>
        <message>
            <source>The file of {target} is not in {folder}.</source>
            <translation>Die Datei von {target} ist nicht in {folder}.</translation>
        </message>
        <message>
            <source>The file of {target} is not on this laptop.</source>
            <translation>Die Datei von {target} ist nicht auf diesem Laptop.</translation>
        </message>
        <message>
            <source>The file of {target} on this laptop is damaged or was changed (SHA-256 differs).</source>
            <translation>Die Datei von {target} auf diesem Laptop ist beschädigt oder wurde geändert (SHA-256 weicht ab).</translation>
        </message>
        <message>
            <source>The file {target} cannot be read on this laptop: {detail}.</source>
            <translation>Die Datei {target} kann auf diesem Laptop nicht gelesen werden: {detail}.</translation>
        </message>
        <message>
            <source>The firmware and its catalogue entry do not agree. Tell whoever publishes it.</source>
            <translation>Die Firmware und ihr Katalogeintrag passen nicht zusammen. Melden Sie es dem, der sie herausgibt.</translation>
        </message>
        <message>
            <source>The firmware cache in {folder} cannot be used: {detail}.</source>
            <translation>Der Firmwarespeicher in {folder} ist nicht brauchbar: {detail}.</translation>
        </message>
        <message>
            <source>The firmware catalogue cannot be read: {detail}.</source>
            <translation>Der Firmwarekatalog kann nicht gelesen werden: {detail}.</translation>
        </message>
        <message>
            <source>The firmware catalogue is incomplete: {name} is missing.</source>
            <translation>Der Firmwarekatalog ist unvollständig: {name} fehlt.</translation>
        </message>
        <message>
            <source>The firmware catalogue is out of date: its role “{role}” expired on {until}.</source>
            <translation>Der Firmwarekatalog ist veraltet: Seine Rolle „{role}“ lief am {until} ab.</translation>
        </message>
        <message>
            <source>The firmware catalogue uses something that this fieldtool does not know: {detail}.</source>
            <translation>Der Firmwarekatalog benutzt etwas, das dieses fieldtool nicht kennt: {detail}.</translation>
        </message>
        <message>
            <source>The firmware did not start: {detail}.</source>
            <translation>Die Firmware ist nicht gestartet: {detail}.</translation>
        </message>
        <message>
            <source>The firmware has {length} bytes. The place for it has {room}.</source>
            <translation>Die Firmware hat {length} Bytes. Der Platz dafür fasst {room}.</translation>
        </message>
        <message>
            <source>The firmware is not meant for this charger, or its certificates are outdated. Do not try other ways.</source>
            <translation>Die Firmware ist nicht für diese Ladestation bestimmt, oder deren Zertifikate sind veraltet. Versuchen Sie keine anderen Wege.</translation>
        </message>
        <message>
            <source>The firmware itself is written. Try once more. If it stays so, its memory is defective: send it in.</source>
            <translation>Die Firmware selbst ist geschrieben. Versuchen Sie es erneut. Bleibt es so, ist ihr Speicher defekt: Senden Sie sie ein.</translation>
        </message>
        <message>
            <source>The firmware source {source} does not answer: {detail}.</source>
            <translation>Die Firmwarequelle {source} antwortet nicht: {detail}.</translation>
        </message>
        <message>
            <source>The first audit record does not say how the log began.</source>
            <translation>Der erste Protokolleintrag sagt nicht, wie das Protokoll begann.</translation>
        </message>
        <message>
            <source>The first {size} audit records of the central system are not those of this laptop.</source>
            <translation>Die ersten {size} Protokolleinträge des Zentralsystems sind nicht die dieses Laptops.</translation>
        </message>
        <message>
            <source>The grant of this person has no PIN that fieldtool can check.</source>
            <translation>Die Berechtigung dieser Person hat keine PIN, die fieldtool prüfen kann.</translation>
        </message>
        <message>
            <source>The grant {grant} begins on {begins}.</source>
            <translation>Die Berechtigung {grant} beginnt am {begins}.</translation>
        </message>
        <message>
            <source>The grant {grant} ended on {until}.</source>
            <translation>Die Berechtigung {grant} endete am {until}.</translation>
        </message>
        <message>
            <source>The grant {grant} is not for charger {serial} (site {site}, model {model}).</source>
            <translation>Die Berechtigung {grant} gilt nicht für die Ladestation {serial} (Standort {site}, Modell {model}).</translation>
        </message>
        <message>
            <source>The grant {grant} was for {limit} run(s), and all of them have begun.</source>
            <translation>Die Berechtigung {grant} galt für {limit} Lauf/Läufe, und alle davon haben begonnen.</translation>
        </message>
        <message>
            <source>The grant {grant} was signed on the office machine. It is denied from here at once.</source>
            <translation>Die Berechtigung {grant} wurde auf dem Bürorechner signiert. Von hier aus wird sie sofort gesperrt.</translation>
        </message>
        <message>
            <source>The grant {grant} was withdrawn.</source>
            <translation>Die Berechtigung {grant} wurde zurückgezogen.</translation>
        </message>
        <message>
            <source>The host key of charger {serial} is not known yet. It shows {found}.</source>
            <translation>Der Hostschlüssel der Ladestation {serial} ist noch nicht bekannt. Sie zeigt {found}.</translation>
        </message>
        <message>
            <source>The image catalogue in {folder} is older than the one here: “{role}” has version {found}, here it is {known}.</source>
            <translation>Der Image-Katalog in {folder} ist älter als der hier: „{role}“ hat die Version {found}, hier ist es {known}.</translation>
        </message>
        <message>
            <source>The image repository and the director do not serve the same file {target}.</source>
            <translation>Image-Repository und Director liefern nicht dieselbe Datei {target}.</translation>
        </message>
        <message>
            <source>The installation had begun. It asks the charger what it runs, and finishes or undoes the installation.</source>
            <translation>Die Installation hatte begonnen. Der Lauf fragt die Ladestation, was sie ausführt, und beendet die Installation oder nimmt sie zurück.</translation>
        </message>
        <message>
            <source>The installation is damaged: {name} is missing.</source>
            <translation>Die Installation ist beschädigt: {name} fehlt.</translation>
        </message>
        <message>
            <source>The inventory has no charger at the site “{site}”.</source>
            <translation>Die Bestandsliste hat am Standort „{site}“ keine Ladestation.</translation>
        </message>
        <message>
            <source>The inventory {file} is not taken; mistakes: {count}. {lines}.</source>
            <translation>Die Bestandsliste {file} wird nicht übernommen; Fehler: {count}. {lines}.</translation>
        </message>
        <message>
            <source>The key file {file} cannot be opened: {detail}.</source>
            <translation>Die Schlüsseldatei {file} kann nicht geöffnet werden: {detail}.</translation>
        </message>
        <message>
            <source>The key of the saved settings {name} is no longer in this laptop's keystore.</source>
            <translation>Der Schlüssel der gesicherten Einstellungen {name} ist nicht mehr im Schlüsselspeicher dieses Laptops.</translation>
        </message>
        <message>
            <source>The key of this laptop is on a token, and nobody has entered its PIN.</source>
            <translation>Der Schlüssel dieses Laptops ist auf einem Token, und niemand hat dessen PIN eingegeben.</translation>
        </message>
        <message>
            <source>The key that signs receipts, {file}, is gone.</source>
            <translation>Der Schlüssel, der Quittungen signiert, {file}, ist weg.</translation>
        </message>
        <message>
            <source>The key that signs receipts, {file}, is not the one ({expected}) that this database's receipts are signed with.</source>
            <translation>Der Schlüssel, der Quittungen signiert, {file}, ist nicht der ({expected}), mit dem die Quittungen dieser Datenbank signiert sind.</translation>
        </message>
        <message>
            <source>The key that signs the certificates of laptops, {file}, is gone.</source>
            <translation>Der Schlüssel, der die Zertifikate der Laptops signiert, {file}, ist weg.</translation>
        </message>
        <message>
            <source>The key that signs this laptop's audit log is not in the keystore.</source>
            <translation>Der Schlüssel, der das Protokoll dieses Laptops signiert, ist nicht im Schlüsselspeicher.</translation>
        </message>
        <message>
            <source>The key that signs work orders, {file}, is gone.</source>
            <translation>Der Schlüssel, der Aufträge signiert, {file}, ist weg.</translation>
        </message>
        <message>
            <source>The key {key} on token {token} cannot be used: {detail}.</source>
            <translation>Der Schlüssel {key} auf dem Token {token} ist nicht brauchbar: {detail}.</translation>
        </message>
        <message>
            <source>The key {key} stands in the root of the other repository as well.</source>
            <translation>Der Schlüssel {key} steht auch im Vertrauensanker des anderen Repositorys.</translation>
        </message>
        <message>
            <source>The keystore does not hold the key of the file audit-anchor any more.</source>
            <translation>Der Schlüsselspeicher enthält den Schlüssel der Datei audit-anchor nicht mehr.</translation>
        </message>
        <message>
            <source>The laptop's battery is at {found} %.</source>
            <translation>Der Akku des Laptops steht bei {found} %.</translation>
        </message>
        <message>
            <source>The laptop's disk is full; {folder} cannot be written.</source>
            <translation>Der Datenträger des Laptops ist voll; {folder} kann nicht beschrieben werden.</translation>
        </message>
        <message>
            <source>The line on {port} is too noisy: {damaged} of {sent} blocks arrived damaged.</source>
            <translation>Die Leitung an {port} ist zu stark gestört: {damaged} von {sent} Blöcken kamen beschädigt an.</translation>
        </message>
        <message>
            <source>The list entry of audit record {seq} says something else than the signed record.</source>
            <translation>Die Liste sagt zum Protokolleintrag {seq} etwas anderes als der signierte Eintrag.</translation>
        </message>
        <message>
            <source>The log of decisions was changed at entry {seq}.</source>
            <translation>Das Verzeichnis der Entscheidungen wurde beim Eintrag {seq} geändert.</translation>
        </message>
        <message>
            <source>The log of {laptop} is forked at record {seq}: it signed two histories. Records beside the first one: {count}.</source>
            <translation>Das Protokoll von {laptop} gabelt sich beim Eintrag {seq}: Er hat zwei Verläufe signiert. Einträge neben dem ersten: {count}.</translation>
        </message>
        <message>
            <source>The log was rewritten after it was sent. Stop working with this laptop and tell your operator.</source>
            <translation>Das Protokoll wurde nach dem Senden umgeschrieben. Arbeiten Sie nicht weiter mit diesem Laptop und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>The log was rewritten, or went on from an old copy. Keep the data folder as it is and tell your operator.</source>
            <translation>Das Protokoll wurde umgeschrieben oder ging von einer alten Kopie weiter. Lassen Sie den Datenordner, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>The maker ended the support of {found}, which runs now, on {until}.</source>
            <translation>Der Hersteller hat den Support von {found}, das jetzt läuft, am {until} beendet.</translation>
        </message>
        <message>
            <source>The maker ended the support of {target} on {found}.</source>
            <translation>Der Hersteller hat den Support von {target} am {found} beendet.</translation>
        </message>
        <message>
            <source>The maker's keys in the catalogue cannot be used: {detail}.</source>
            <translation>Die Schlüssel des Herstellers im Katalog sind nicht brauchbar: {detail}.</translation>
        </message>
        <message>
            <source>The maker's own signature in {target} was not checked: the file is on a server.</source>
            <translation>Die Signatur des Herstellers in {target} wurde nicht geprüft: Die Datei liegt auf einem Server.</translation>
        </message>
        <message>
            <source>The metering software shows the checksum {found}, as it should.</source>
            <translation>Die Messsoftware zeigt die Prüfsumme {found}, wie sie soll.</translation>
        </message>
        <message>
            <source>The metering software shows the checksum {found}, not {expected}.</source>
            <translation>Die Messsoftware zeigt die Prüfsumme {found}, nicht {expected}.</translation>
        </message>
        <message>
            <source>The new firmware is not stable here. Copy the details for support.</source>
            <translation>Die neue Firmware läuft hier nicht stabil. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>The new firmware may be running on trial. It asks the charger, checks its health, and confirms or undoes it.</source>
            <translation>Vielleicht läuft die neue Firmware im Probelauf. Der Lauf fragt die Ladestation, prüft ihren Zustand und bestätigt sie oder nimmt sie zurück.</translation>
        </message>
        <message>
            <source>The old firmware is brought back. Copy the details for support.</source>
            <translation>Die alte Firmware wird zurückgeholt. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>The old firmware stays. Copy the details for support.</source>
            <translation>Die alte Firmware bleibt. Kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>The old firmware {found} has security epoch {epoch}; after {target} the charger demands {expected}.</source>
            <translation>Die alte Firmware {found} hat die Sicherheitsepoche {epoch}; nach {target} verlangt die Ladestation {expected}.</translation>
        </message>
        <message>
            <source>The operator has locked this laptop (key {key}).</source>
            <translation>Der Betreiber hat diesen Laptop gesperrt (Schlüssel {key}).</translation>
        </message>
        <message>
            <source>The order counts. If the charger has a new key, your operator changes the order.</source>
            <translation>Der Auftrag gilt. Hat die Ladestation einen neuen Schlüssel, ändert Ihr Betreiber den Auftrag.</translation>
        </message>
        <message>
            <source>The order names {target}, which the image repository does not have like this: {detail}.</source>
            <translation>Der Auftrag nennt {target}, das das Image-Repository so nicht hat: {detail}.</translation>
        </message>
        <message>
            <source>The pages could not be drawn: {detail}.</source>
            <translation>Die Seiten konnten nicht gezeichnet werden: {detail}.</translation>
        </message>
        <message>
            <source>The part that speaks with tokens is not installed ({detail}).</source>
            <translation>Der Teil, der mit Token spricht, ist nicht installiert ({detail}).</translation>
        </message>
        <message>
            <source>The part “{role}” of the firmware catalogue is not signed by enough trusted keys.</source>
            <translation>Der Teil „{role}“ des Firmwarekatalogs ist nicht von genügend vertrauten Schlüsseln signiert.</translation>
        </message>
        <message>
            <source>The parts that the central system needs are not installed ({detail}).</source>
            <translation>Die Teile, die das Zentralsystem braucht, sind nicht installiert ({detail}).</translation>
        </message>
        <message>
            <source>The passphrase has fewer than {length} characters.</source>
            <translation>Die Passphrase hat weniger als {length} Zeichen.</translation>
        </message>
        <message>
            <source>The payload hash of {file} is not known: {detail}.</source>
            <translation>Der Hash des Inhalts von {file} ist nicht bekannt: {detail}.</translation>
        </message>
        <message>
            <source>The payload of {target} is not the one that its maker signed.</source>
            <translation>Der Inhalt von {target} ist nicht der, den der Hersteller signiert hat.</translation>
        </message>
        <message>
            <source>The profile may not fit this charger. Check it in the site file.</source>
            <translation>Vielleicht passt das Profil nicht zu dieser Ladestation. Prüfen Sie es in der Standortdatei.</translation>
        </message>
        <message>
            <source>The profile may not fit this charger. Its settings are neither saved nor changed.</source>
            <translation>Vielleicht passt das Profil nicht zu dieser Ladestation. Ihre Einstellungen werden weder gesichert noch geändert.</translation>
        </message>
        <message>
            <source>The profile may not fit this charger: compare what its command prints with the guide to profiles.</source>
            <translation>Vielleicht passt das Profil nicht: Vergleichen Sie die Ausgabe des Befehls mit der Anleitung zu Profilen.</translation>
        </message>
        <message>
            <source>The profile {file} is not usable: {field} {why}.</source>
            <translation>Das Profil {file} ist nicht brauchbar: {field} {why}.</translation>
        </message>
        <message>
            <source>The profile {profile} does not say how a charger of this model is brought back.</source>
            <translation>Das Profil {profile} sagt nicht, wie eine Ladestation dieses Modells wiederhergestellt wird.</translation>
        </message>
        <message>
            <source>The profile {profile} knows no component named {component}.</source>
            <translation>Das Profil {profile} kennt keine Komponente namens {component}.</translation>
        </message>
        <message>
            <source>The protocol {file} is not usable: {detail}.</source>
            <translation>Der Prüfplan {file} ist nicht brauchbar: {detail}.</translation>
        </message>
        <message>
            <source>The receipt is signed with the key {found}, which nobody has confirmed on this laptop.</source>
            <translation>Die Quittung ist mit dem Schlüssel {found} signiert, den auf diesem Laptop niemand bestätigt hat.</translation>
        </message>
        <message>
            <source>The receipt was not accepted; records stay pending. Tell your operator.</source>
            <translation>Die Quittung wurde nicht angenommen; die Einträge bleiben offen. Melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>The receipt was not signed by the central system that this laptop trusts.</source>
            <translation>Die Quittung ist nicht von dem Zentralsystem signiert, dem dieser Laptop vertraut.</translation>
        </message>
        <message>
            <source>The records of the run are there. Tell your operator; the document stays on this laptop.</source>
            <translation>Die Einträge des Laufs sind dort. Melden Sie es Ihrem Betreiber; das Dokument bleibt auf diesem Laptop.</translation>
        </message>
        <message>
            <source>The records of {laptop} and those that this central system holds for it differ.</source>
            <translation>Die Einträge von {laptop} und die, die dieses Zentralsystem für ihn hat, unterscheiden sich.</translation>
        </message>
        <message>
            <source>The repository has no grant “{grant}”.</source>
            <translation>Das Repository hat keine Berechtigung „{grant}“.</translation>
        </message>
        <message>
            <source>The repository has no part named “{role}”.</source>
            <translation>Das Repository hat keinen Teil namens „{role}“.</translation>
        </message>
        <message>
            <source>The repository has no vendor “{vendor}”.</source>
            <translation>Das Repository hat keinen Hersteller „{vendor}“.</translation>
        </message>
        <message>
            <source>The root of trust in {file} was valid until {until}.</source>
            <translation>Der Vertrauensanker in {file} galt bis {until}.</translation>
        </message>
        <message>
            <source>The rule {rule} cannot be waived here.</source>
            <translation>Die Regel {rule} kann hier nicht erlassen werden.</translation>
        </message>
        <message>
            <source>The run has no audit records.</source>
            <translation>Der Lauf hat keine Protokolleinträge.</translation>
        </message>
        <message>
            <source>The saved settings {name} are damaged.</source>
            <translation>Die gesicherten Einstellungen {name} sind beschädigt.</translation>
        </message>
        <message>
            <source>The saved settings {name} cannot be read: {detail}.</source>
            <translation>Die gesicherten Einstellungen {name} können nicht gelesen werden: {detail}.</translation>
        </message>
        <message>
            <source>The settings cannot be moved for {target}: two of them would be called {found}.</source>
            <translation>Die Einstellungen können nicht für {target} übertragen werden: Zwei von ihnen hießen {found}.</translation>
        </message>
        <message>
            <source>The settings have the layout {found}, {target} reads {expected}, and nobody says how to move them.</source>
            <translation>Die Einstellungen haben den Aufbau {found}, {target} liest {expected}, und niemand sagt, wie sie zu übertragen sind.</translation>
        </message>
        <message>
            <source>The signature of this request does not hold.</source>
            <translation>Die Signatur dieser Anfrage ist nicht gültig.</translation>
        </message>
        <message>
            <source>The signature of {signer} in {target} does not belong to this content.</source>
            <translation>Die Signatur von {signer} in {target} gehört nicht zu diesem Inhalt.</translation>
        </message>
        <message>
            <source>The signed record counts. Keep the data folder as it is and tell your operator.</source>
            <translation>Der signierte Eintrag gilt. Lassen Sie den Datenordner, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>The signed records count. Keep the data folder as it is and tell your operator.</source>
            <translation>Die signierten Einträge gelten. Lassen Sie den Datenordner, wie er ist, und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>The site description {file} is not usable: {field} {why}.</source>
            <translation>Die Standortbeschreibung {file} ist nicht brauchbar: {field} {why}.</translation>
        </message>
        <message>
            <source>The site file gives charger {serial} the host key {found}, but {expected} is pinned on this laptop.</source>
            <translation>Die Standortdatei gibt der Ladestation {serial} den Hostschlüssel {found}, auf diesem Laptop ist aber {expected} festgelegt.</translation>
        </message>
        <message>
            <source>The site file names no profile for charger {serial}.</source>
            <translation>Die Standortdatei nennt kein Profil für die Ladestation {serial}.</translation>
        </message>
        <message>
            <source>The site file names no version for {component}.</source>
            <translation>Die Standortdatei nennt keine Version für {component}.</translation>
        </message>
        <message>
            <source>The site file {file} is not usable: {field} {why}.</source>
            <translation>Die Standortdatei {file} ist nicht brauchbar: {field} {why}.</translation>
        </message>
        <message>
            <source>The source has another file than the signed catalogue says for {target}.</source>
            <translation>Die Quelle hat für {target} eine andere Datei, als der signierte Katalog sagt.</translation>
        </message>
        <message>
            <source>The source sends more than a firmware catalogue can be: {name}.</source>
            <translation>Die Quelle sendet mehr, als ein Firmwarekatalog sein kann: {name}.</translation>
        </message>
        <message>
            <source>The start of the charger could not be stopped in time: “{heard}”.</source>
            <translation>Der Start der Ladestation konnte nicht rechtzeitig angehalten werden: „{heard}“.</translation>
        </message>
        <message>
            <source>The stored key of charger {serial} cannot be used: it is no OpenSSH or PEM private key without passphrase.</source>
            <translation>Der hinterlegte Schlüssel der Ladestation {serial} ist nicht brauchbar: Er ist kein privater OpenSSH- oder PEM-Schlüssel ohne Passphrase.</translation>
        </message>
        <message>
            <source>The system does not let fieldtool hold it off.</source>
            <translation>Das System lässt fieldtool ihn nicht verhindern.</translation>
        </message>
        <message>
            <source>The system's keystore did not answer: {detail}.</source>
            <translation>Der Schlüsselspeicher des Systems hat nicht geantwortet: {detail}.</translation>
        </message>
        <message>
            <source>The system's keystore works.</source>
            <translation>Der Schlüsselspeicher des Systems arbeitet.</translation>
        </message>
        <message>
            <source>The throw-away keys in {folder} belong to another training folder.</source>
            <translation>Die Wegwerfschlüssel in {folder} gehören zu einem anderen Übungsordner.</translation>
        </message>
        <message>
            <source>The token {token} could not do it: {detail}.</source>
            <translation>Das Token {token} konnte es nicht ausführen: {detail}.</translation>
        </message>
        <message>
            <source>The token {token} has a key named {key} already.</source>
            <translation>Das Token {token} hat schon einen Schlüssel namens {key}.</translation>
        </message>
        <message>
            <source>The token {token} has no private key {key}.</source>
            <translation>Das Token {token} hat keinen privaten Schlüssel {key}.</translation>
        </message>
        <message>
            <source>The token {token} has no valid PIN.</source>
            <translation>Das Token {token} hat keine gültige PIN.</translation>
        </message>
        <message>
            <source>The token {token} is locked: its PIN was wrong too often.</source>
            <translation>Das Token {token} ist gesperrt: Seine PIN war zu oft falsch.</translation>
        </message>
        <message>
            <source>The token {token} is not plugged in. Found: {found}.</source>
            <translation>Das Token {token} ist nicht eingesteckt. Gefunden: {found}.</translation>
        </message>
        <message>
            <source>The token {token} refuses this PIN.</source>
            <translation>Das Token {token} weist diese PIN ab.</translation>
        </message>
        <message>
            <source>The token {token} refuses this PIN. One more wrong try locks it.</source>
            <translation>Das Token {token} weist diese PIN ab. Ein weiterer falscher Versuch sperrt es.</translation>
        </message>
        <message>
            <source>The token {token} was removed, or does not answer any more: {detail}.</source>
            <translation>Das Token {token} wurde abgezogen oder antwortet nicht mehr: {detail}.</translation>
        </message>
        <message>
            <source>The two passphrases differ.</source>
            <translation>Die beiden Passphrasen unterscheiden sich.</translation>
        </message>
        <message>
            <source>The virtual site has no charger {serial}.</source>
            <translation>Der virtuelle Standort hat keine Ladestation {serial}.</translation>
        </message>
        <message>
            <source>The work order does not name {target}.</source>
            <translation>Der Auftrag nennt {target} nicht.</translation>
        </message>
        <message>
            <source>The work order {order}, which names {target}, ended on {until}.</source>
            <translation>Der Auftrag {order}, der {target} nennt, endete am {until}.</translation>
        </message>
        <message>
            <source>The {what} cannot be compared: how it was before the update is not known.</source>
            <translation>„{what}“ kann nicht verglichen werden: Wie es vor dem Update war, ist nicht bekannt.</translation>
        </message>
        <message>
            <source>The {what} must be checked here, but could not be: {why}.</source>
            <translation>„{what}“ muss hier geprüft werden, konnte es aber nicht: {why}.</translation>
        </message>
        <message>
            <source>The {what} of this charger cannot be asked for: its profile has no question for it.</source>
            <translation>Nach „{what}“ kann diese Ladestation nicht gefragt werden: Ihr Profil hat keine Frage dafür.</translation>
        </message>
        <message>
            <source>There are no audit records on this laptop yet.</source>
            <translation>Auf diesem Laptop sind noch keine Protokolleinträge.</translation>
        </message>
        <message>
            <source>There are records in {file}, and a PostgreSQL database is named for the same data folder.</source>
            <translation>In {file} sind Einträge, und für denselben Datenordner ist eine PostgreSQL-Datenbank genannt.</translation>
        </message>
        <message>
            <source>There is a file {file} already.</source>
            <translation>Es gibt schon eine Datei {file}.</translation>
        </message>
        <message>
            <source>There is a person {name} already.</source>
            <translation>Es gibt schon eine Person {name}.</translation>
        </message>
        <message>
            <source>There is no display to open the window on.</source>
            <translation>Es gibt keine Anzeige, auf der sich das Fenster öffnen ließe.</translation>
        </message>
        <message>
            <source>There is no firmware catalogue on this laptop yet.</source>
            <translation>Auf diesem Laptop ist noch kein Firmwarekatalog.</translation>
        </message>
        <message>
            <source>There is no person {name}.</source>
            <translation>Es gibt keine Person {name}.</translation>
        </message>
        <message>
            <source>There is no run {run} in the journal of this laptop.</source>
            <translation>Im Journal dieses Laptops gibt es keinen Lauf {run}.</translation>
        </message>
        <message>
            <source>There is no setting {name}.</source>
            <translation>Es gibt keine Einstellung {name}.</translation>
        </message>
        <message>
            <source>There is nothing to move: {file} does not exist.</source>
            <translation>Es gibt nichts zu übertragen: {file} ist nicht da.</translation>
        </message>
        <message>
            <source>There is one.</source>
            <translation>Es gibt eine.</translation>
        </message>
        <message>
            <source>There would be no way back. Ask its maker for {found} with security epoch {expected}.</source>
            <translation>Es gäbe keinen Rückweg. Bitten Sie den Hersteller um {found} mit der Sicherheitsepoche {expected}.</translation>
        </message>
        <message>
            <source>These records were signed with the throw-away keys of a training folder.</source>
            <translation>Diese Einträge wurden mit den Wegwerfschlüsseln eines Übungsordners signiert.</translation>
        </message>
        <message>
            <source>These settings are not what they should be: {found}.</source>
            <translation>Diese Einstellungen sind nicht, wie sie sein sollen: {found}.</translation>
        </message>
        <message>
            <source>They are kept apart and count for nothing here. Find out who has the laptop.</source>
            <translation>Sie werden getrennt aufbewahrt und zählen hier nichts. Finden Sie heraus, wer den Laptop hat.</translation>
        </message>
        <message>
            <source>They are kept on this laptop. Compare its settings with the central system's, then tell support.</source>
            <translation>Sie liegen auf diesem Laptop. Vergleichen Sie ihre Einstellungen mit denen im Zentralsystem, dann melden Sie es dem Support.</translation>
        </message>
        <message>
            <source>They are not used. Set the charger up again by hand, or restore the data folder from a backup.</source>
            <translation>Sie werden nicht benutzt. Richten Sie die Ladestation von Hand neu ein oder spielen Sie den Datenordner aus einer Sicherung zurück.</translation>
        </message>
        <message>
            <source>They come with the first thing that is done.</source>
            <translation>Sie entstehen mit dem Ersten, was getan wird.</translation>
        </message>
        <message>
            <source>They do not count against the new firmware. Have them looked at.</source>
            <translation>Sie zählen nicht gegen die neue Firmware. Lassen Sie sie untersuchen.</translation>
        </message>
        <message>
            <source>This audit log has had this key already.</source>
            <translation>Dieses Protokoll hatte diesen Schlüssel schon.</translation>
        </message>
        <message>
            <source>This audit log was begun with another key ({expected}) than the one in the keystore ({found}).</source>
            <translation>Dieses Protokoll wurde mit einem anderen Schlüssel ({expected}) begonnen als dem im Schlüsselspeicher ({found}).</translation>
        </message>
        <message>
            <source>This catalogue is older than one that was seen before: its part “{role}” has version {found}, not {expected}.</source>
            <translation>Dieser Katalog ist älter als ein schon gesehener: Sein Teil „{role}“ hat die Version {found}, nicht {expected}.</translation>
        </message>
        <message>
            <source>This central system has no director's folder yet.</source>
            <translation>Dieses Zentralsystem hat noch keinen Ordner des Directors.</translation>
        </message>
        <message>
            <source>This central system has no image catalogue yet.</source>
            <translation>Dieses Zentralsystem hat noch keinen Image-Katalog.</translation>
        </message>
        <message>
            <source>This central system has no key for the part “{role}”.</source>
            <translation>Dieses Zentralsystem hat keinen Schlüssel für den Teil „{role}“.</translation>
        </message>
        <message>
            <source>This charger cannot return to its old firmware by itself, and {found} is not on this laptop.</source>
            <translation>Diese Ladestation kann nicht von selbst auf ihre alte Firmware zurück, und {found} ist nicht auf diesem Laptop.</translation>
        </message>
        <message>
            <source>This charger tells of no {what}.</source>
            <translation>Diese Ladestation nennt „{what}“ nicht.</translation>
        </message>
        <message>
            <source>This data folder belongs to another database, {found}.</source>
            <translation>Dieser Datenordner gehört zu einer anderen Datenbank, {found}.</translation>
        </message>
        <message>
            <source>This evidence is signed with the laptop key {found}, and that is none of the keys that you trust.</source>
            <translation>Dieser Nachweis ist mit dem Laptopschlüssel {found} signiert, und das ist keiner der Schlüssel, denen Sie vertrauen.</translation>
        </message>
        <message>
            <source>This evidence was altered, or damaged on its way: {place}.</source>
            <translation>Dieser Nachweis wurde verändert oder unterwegs beschädigt: {place}.</translation>
        </message>
        <message>
            <source>This fieldtool cannot check the signature in a file of the kind “{format}” ({target}).</source>
            <translation>Dieses fieldtool kann die Signatur in einer Datei der Art „{format}“ ({target}) nicht prüfen.</translation>
        </message>
        <message>
            <source>This file is encrypted, so its maker's signature can be checked by the charger only.</source>
            <translation>Diese Datei ist verschlüsselt; die Signatur des Herstellers kann daher nur die Ladestation prüfen.</translation>
        </message>
        <message>
            <source>This file is no export of audit records.</source>
            <translation>Diese Datei ist kein Export von Protokolleinträgen.</translation>
        </message>
        <message>
            <source>This is no address of a PostgreSQL database.</source>
            <translation>Das ist keine Adresse einer PostgreSQL-Datenbank.</translation>
        </message>
        <message>
            <source>This is no evidence file: {detail}.</source>
            <translation>Das ist keine Nachweisdatei: {detail}.</translation>
        </message>
        <message>
            <source>This is no name for a person.</source>
            <translation>Das ist kein Name für eine Person.</translation>
        </message>
        <message>
            <source>This is no public key of a laptop (ECDSA P-256, PEM).</source>
            <translation>Das ist kein öffentlicher Schlüssel eines Laptops (ECDSA P-256, PEM).</translation>
        </message>
        <message>
            <source>This is no request for an approval and no approval that can be used: {detail}.</source>
            <translation>Das ist weder eine brauchbare Anfrage noch eine brauchbare Freigabe: {detail}.</translation>
        </message>
        <message>
            <source>This is no request of a laptop to be let in.</source>
            <translation>Das ist keine Anfrage eines Laptops um Zulassung.</translation>
        </message>
        <message>
            <source>This is no signed journal and no signed evidence.</source>
            <translation>Das ist weder ein signiertes Journal noch ein signierter Nachweis.</translation>
        </message>
        <message>
            <source>This is no usable address of a key on a token: {detail}.</source>
            <translation>Das ist keine brauchbare Adresse eines Schlüssels auf einem Token: {detail}.</translation>
        </message>
        <message>
            <source>This is not the PIN of {actor}.</source>
            <translation>Das ist nicht die PIN von {actor}.</translation>
        </message>
        <message>
            <source>This key may not sign “{role}”.</source>
            <translation>Dieser Schlüssel darf „{role}“ nicht signieren.</translation>
        </message>
        <message>
            <source>This kind of file carries no signature of its maker; only the signed catalogue vouches for it.</source>
            <translation>Diese Art Datei trägt keine Signatur des Herstellers; nur der signierte Katalog bürgt für sie.</translation>
        </message>
        <message>
            <source>This laptop already trusts another root: {fingerprint}.</source>
            <translation>Dieser Laptop vertraut schon einem anderen Vertrauensanker: {fingerprint}.</translation>
        </message>
        <message>
            <source>This laptop does not know the firmware {sha256} that charger {serial} shall get.</source>
            <translation>Dieser Laptop kennt die Firmware {sha256} nicht, die die Ladestation {serial} bekommen soll.</translation>
        </message>
        <message>
            <source>This laptop does not know the time zone {zone}, so nobody can tell whether the maintenance window is open.</source>
            <translation>Dieser Laptop kennt die Zeitzone {zone} nicht; niemand kann daher sagen, ob das Wartungsfenster offen ist.</translation>
        </message>
        <message>
            <source>This laptop does not let you open {port}.</source>
            <translation>Dieser Laptop lässt Sie {port} nicht öffnen.</translation>
        </message>
        <message>
            <source>This laptop has no network connection that could reach a charger.</source>
            <translation>Dieser Laptop hat keine Netzverbindung, über die er eine Ladestation erreichen könnte.</translation>
        </message>
        <message>
            <source>This laptop has no port {port}.</source>
            <translation>Dieser Laptop hat keinen Port {port}.</translation>
        </message>
        <message>
            <source>This laptop has no work order for {wanted}.</source>
            <translation>Dieser Laptop hat keinen Auftrag für {wanted}.</translation>
        </message>
        <message>
            <source>This laptop has {found} MB of free disk space.</source>
            <translation>Dieser Laptop hat {found} MB freien Speicherplatz.</translation>
        </message>
        <message>
            <source>This laptop may fall asleep during the update.</source>
            <translation>Dieser Laptop kann während des Updates einschlafen.</translation>
        </message>
        <message>
            <source>This laptop takes directions from a director, but has none yet.</source>
            <translation>Dieser Laptop wird von einem Director geleitet, hat aber noch keine Anweisungen.</translation>
        </message>
        <message>
            <source>This laptop takes directions from a director, but the director's root of trust is gone from its data folder.</source>
            <translation>Dieser Laptop wird von einem Director geleitet, aber dessen Vertrauensanker fehlt im Datenordner.</translation>
        </message>
        <message>
            <source>This laptop takes directions from a director, but the source brings none.</source>
            <translation>Dieser Laptop wird von einem Director geleitet, aber die Quelle bringt keine Anweisungen.</translation>
        </message>
        <message>
            <source>This laptop was shut out of the central system on {at}: {why}.</source>
            <translation>Dieser Laptop wurde am {at} vom Zentralsystem ausgeschlossen: {why}.</translation>
        </message>
        <message>
            <source>This laptop's clock is ahead: it says {found}, but it is {expected}.</source>
            <translation>Die Uhr dieses Laptops geht vor: Sie zeigt {found}, aber es ist {expected}.</translation>
        </message>
        <message>
            <source>This laptop's clock is behind: it says {found}, but it was already {expected}.</source>
            <translation>Die Uhr dieses Laptops geht nach: Sie zeigt {found}, aber es war schon {expected}.</translation>
        </message>
        <message>
            <source>This laptop's key is on a token, and a new one would be in the keystore.</source>
            <translation>Der Schlüssel dieses Laptops ist auf einem Token, ein neuer läge im Schlüsselspeicher.</translation>
        </message>
        <message>
            <source>This laptop's signing key is not in its keystore, so nothing can be signed.</source>
            <translation>Der Signaturschlüssel dieses Laptops ist nicht in seinem Schlüsselspeicher, daher kann nichts signiert werden.</translation>
        </message>
        <message>
            <source>This receipt is for the audit log of another laptop or data folder.</source>
            <translation>Diese Quittung ist für das Protokoll eines anderen Laptops oder Datenordners.</translation>
        </message>
        <message>
            <source>This run was planned under other grants than {grant}, which would be needed now.</source>
            <translation>Dieser Lauf wurde unter anderen Berechtigungen geplant als {grant}, die jetzt nötig wäre.</translation>
        </message>
        <message>
            <source>This says nothing about the new firmware. Check its network.</source>
            <translation>Das sagt nichts über die neue Firmware. Prüfen Sie ihr Netz.</translation>
        </message>
        <message>
            <source>This says nothing about the new firmware. Have the charger looked at.</source>
            <translation>Das sagt nichts über die neue Firmware. Lassen Sie die Ladestation untersuchen.</translation>
        </message>
        <message>
            <source>This says nothing about the new firmware. Set its clock or connect it to its time server.</source>
            <translation>Das sagt nichts über die neue Firmware. Stellen Sie ihre Uhr oder verbinden Sie sie mit ihrem Zeitserver.</translation>
        </message>
        <message>
            <source>This system has no keystore that fieldtool may use: {detail}.</source>
            <translation>Dieses System hat keinen Schlüsselspeicher, den fieldtool benutzen darf: {detail}.</translation>
        </message>
        <message>
            <source>This very request has come before.</source>
            <translation>Genau diese Anfrage kam schon einmal.</translation>
        </message>
        <message>
            <source>This wants the role {wanted}; this token has the role {role}.</source>
            <translation>Das verlangt die Rolle {wanted}; dieses Token hat die Rolle {role}.</translation>
        </message>
        <message>
            <source>Tick it to update it together with the others.</source>
            <translation>Haken Sie sie an, um sie mit den anderen zu aktualisieren.</translation>
        </message>
        <message>
            <source>To replace it, repeat the command with --replace.</source>
            <translation>Um es zu ersetzen, wiederholen Sie den Befehl mit --replace.</translation>
        </message>
        <message>
            <source>To sign a new version of it: fieldtool publish renew FOLDER --role {role}.</source>
            <translation>Um eine neue Version davon zu signieren: fieldtool publish renew FOLDER --role {role}.</translation>
        </message>
        <message>
            <source>To take it away, too: fieldtool publish grant revoke on the office machine, then import.</source>
            <translation>Um sie auch wegzunehmen: fieldtool publish grant revoke auf dem Bürorechner, dann importieren.</translation>
        </message>
        <message>
            <source>Too many laptops wait to be let in.</source>
            <translation>Zu viele Laptops warten auf Zulassung.</translation>
        </message>
        <message>
            <source>Too many requests from this address were refused.</source>
            <translation>Zu viele Anfragen von dieser Adresse wurden abgewiesen.</translation>
        </message>
        <message>
            <source>Try again, and switch it off and on when you are asked. If it starts, it needs no recovery.</source>
            <translation>Versuchen Sie es erneut und schalten Sie sie aus und ein, wenn Sie dazu aufgefordert werden. Startet sie, braucht sie keine Wiederherstellung.</translation>
        </message>
        <message>
            <source>Try again. If it happens twice, sync or import the firmware again.</source>
            <translation>Versuchen Sie es erneut. Geschieht es zweimal, synchronisieren oder importieren Sie die Firmware neu.</translation>
        </message>
        <message>
            <source>Try again. If it happens twice, test the token with the program of its maker.</source>
            <translation>Versuchen Sie es erneut. Geschieht es zweimal, prüfen Sie das Token mit dem Programm seines Herstellers.</translation>
        </message>
        <message>
            <source>Try again. If it happens twice, the charger's storage may be failing.</source>
            <translation>Versuchen Sie es erneut. Geschieht es zweimal, ist vielleicht der Speicher der Ladestation defekt.</translation>
        </message>
        <message>
            <source>Try again. If it stays so, the profile's recovery.stop is not the key that this bootloader asks for.</source>
            <translation>Versuchen Sie es erneut. Bleibt es so, ist recovery.stop im Profil nicht die Taste, die dieser Bootloader verlangt.</translation>
        </message>
        <message>
            <source>Try again. Nothing was made.</source>
            <translation>Versuchen Sie es erneut. Nichts wurde erzeugt.</translation>
        </message>
        <message>
            <source>Try once more. If it stays so, its memory is defective or protected: send it in.</source>
            <translation>Versuchen Sie es erneut. Bleibt es so, ist ihr Speicher defekt oder geschützt: Senden Sie sie ein.</translation>
        </message>
        <message>
            <source>Two laptops wait with the code {code}: one of them imitates the other.</source>
            <translation>Zwei Laptops warten mit dem Code {code}: Einer ahmt den anderen nach.</translation>
        </message>
        <message>
            <source>Type all 64 digits as your vendor gave them to you. Blanks and colons do not matter.</source>
            <translation>Tippen Sie alle 64 Ziffern, wie Ihr Hersteller sie Ihnen gab. Leerzeichen und Doppelpunkte sind gleichgültig.</translation>
        </message>
        <message>
            <source>Type it again. After five wrong ones it is locked.</source>
            <translation>Geben Sie sie noch einmal ein. Nach fünf falschen wird sie gesperrt.</translation>
        </message>
        <message>
            <source>Type it as printed on the label: SHA256: and 43 letters and digits.</source>
            <translation>Tippen Sie ihn wie auf dem Typenschild: SHA256: und 43 Buchstaben und Ziffern.</translation>
        </message>
        <message>
            <source>Type it, or name a file: fieldtool secret set CHARGER --key-file FILE.</source>
            <translation>Tippen Sie es ein oder nennen Sie eine Datei: fieldtool secret set CHARGER --key-file FILE.</translation>
        </message>
        <message>
            <source>Unlock the keyring, then try again.</source>
            <translation>Entsperren Sie den Schlüsselbund, dann versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Update fieldtool on the laptop, then ask again: fieldtool enrol.</source>
            <translation>Aktualisieren Sie fieldtool auf dem Laptop, dann fragen Sie noch einmal: fieldtool enrol.</translation>
        </message>
        <message>
            <source>Update fieldtool; this version sends too much at once.</source>
            <translation>Aktualisieren Sie fieldtool; diese Version sendet zu viel auf einmal.</translation>
        </message>
        <message>
            <source>Update it instead: fieldtool update {serial}.</source>
            <translation>Aktualisieren Sie sie stattdessen: fieldtool update {serial}.</translation>
        </message>
        <message>
            <source>Update it. What it ran before is not known, so there is no older firmware to return to.</source>
            <translation>Aktualisieren Sie sie. Was vorher lief, ist nicht bekannt; es gibt daher keine ältere Firmware, zu der sie zurück kann.</translation>
        </message>
        <message>
            <source>Update to {expected} first.</source>
            <translation>Aktualisieren Sie zuerst auf {expected}.</translation>
        </message>
        <message>
            <source>Update to {target} first, in a run of its own. Or sync, or import a bundle that has {found}.</source>
            <translation>Aktualisieren Sie zuerst in einem eigenen Lauf auf {target}. Oder synchronisieren Sie oder importieren Sie ein Paket mit {found}.</translation>
        </message>
        <message>
            <source>Update {component} first, or both together.</source>
            <translation>Aktualisieren Sie zuerst {component} oder beides zusammen.</translation>
        </message>
        <message>
            <source>Use a P-256 key, or make a new one.</source>
            <translation>Nehmen Sie einen P-256-Schlüssel oder erzeugen Sie einen neuen.</translation>
        </message>
        <message>
            <source>Use a larger stick, or export less: for one site, work order or model.</source>
            <translation>Nehmen Sie einen größeren Stick oder exportieren Sie weniger: für einen Standort, einen Auftrag oder ein Modell.</translation>
        </message>
        <message>
            <source>Use a shorter cable with its ground connected, or a lower speed. Then try again.</source>
            <translation>Nehmen Sie ein kürzeres Kabel mit angeschlossener Masse oder eine niedrigere Geschwindigkeit. Dann versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Use a shorter cable, away from power lines and with its ground connected, or a lower speed. Then try again.</source>
            <translation>Nehmen Sie ein kürzeres Kabel, fern von Stromleitungen und mit angeschlossener Masse, oder eine niedrigere Geschwindigkeit. Dann versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Use another key: a thief of one key must not be able to speak for both repositories.</source>
            <translation>Nehmen Sie einen anderen Schlüssel: Wer einen Schlüssel stiehlt, darf nicht für beide Repositorys sprechen können.</translation>
        </message>
        <message>
            <source>Use one of the keys that belong to it.</source>
            <translation>Nehmen Sie einen der Schlüssel, die dazu gehören.</translation>
        </message>
        <message>
            <source>Use the command line (fieldtool --help), or start a desktop session.</source>
            <translation>Benutzen Sie die Befehlszeile (fieldtool --help) oder starten Sie eine Desktopsitzung.</translation>
        </message>
        <message>
            <source>Use up to {most} printable letters.</source>
            <translation>Nehmen Sie höchstens {most} druckbare Zeichen.</translation>
        </message>
        <message>
            <source>Verify the folder that was brought there.</source>
            <translation>Prüfen Sie den Ordner, der dorthin gebracht wurde.</translation>
        </message>
        <message>
            <source>Wait a minute, then try again with the right key or token.</source>
            <translation>Warten Sie eine Minute, dann versuchen Sie es mit dem richtigen Schlüssel oder Token erneut.</translation>
        </message>
        <message>
            <source>Wait a moment, or read its problem in the list.</source>
            <translation>Warten Sie einen Moment oder lesen Sie ihr Problem in der Liste.</translation>
        </message>
        <message>
            <source>Wait a moment.</source>
            <translation>Warten Sie einen Moment.</translation>
        </message>
        <message>
            <source>Wait for the next look.</source>
            <translation>Warten Sie auf das nächste Mal.</translation>
        </message>
        <message>
            <source>Wait until it has finished, then try again.</source>
            <translation>Warten Sie, bis er fertig ist, dann versuchen Sie es erneut.</translation>
        </message>
        <message>
            <source>Wait until it has finished.</source>
            <translation>Warten Sie, bis sie fertig ist.</translation>
        </message>
        <message>
            <source>Wait until its update service answers. Without this proof no update is confirmed.</source>
            <translation>Warten Sie, bis ihr Update-Dienst antwortet. Ohne diesen Nachweis wird kein Update bestätigt.</translation>
        </message>
        <message>
            <source>Wait, then look whether it answers over its network. If not, start the recovery again.</source>
            <translation>Warten Sie und sehen Sie dann nach, ob sie über ihr Netz antwortet. Wenn nicht, starten Sie die Wiederherstellung noch einmal.</translation>
        </message>
        <message>
            <source>Wait.</source>
            <translation>Warten Sie.</translation>
        </message>
        <message>
            <source>Wait. If it stays, copy the details for support.</source>
            <translation>Warten Sie. Bleibt es so, kopieren Sie die Details für den Support.</translation>
        </message>
        <message>
            <source>Wait: fieldtool asks again. If it stays so, run that command of its profile by hand on the charger.</source>
            <translation>Warten Sie: fieldtool fragt noch einmal. Bleibt es so, führen Sie den Befehl aus dem Profil von Hand an der Ladestation aus.</translation>
        </message>
        <message>
            <source>Waiting is safe.</source>
            <translation>Warten ist ungefährlich.</translation>
        </message>
        <message>
            <source>What arrived at the central system is not what was sent: {detail}.</source>
            <translation>Beim Zentralsystem kam nicht an, was gesendet wurde: {detail}.</translation>
        </message>
        <message>
            <source>What arrived on the charger is not what was sent (SHA-256 differs).</source>
            <translation>Auf der Ladestation kam etwas anderes an, als gesendet wurde (SHA-256 weicht ab).</translation>
        </message>
        <message>
            <source>What came before it is kept. Look at the laptop: fieldtool audit verify says where its log is broken.</source>
            <translation>Was davor kam, bleibt erhalten. Sehen Sie sich den Laptop an: fieldtool audit verify sagt, wo sein Protokoll gebrochen ist.</translation>
        </message>
        <message>
            <source>What is signed with it cannot be checked, so it is not installed. Tell your operator.</source>
            <translation>Was damit signiert ist, lässt sich nicht prüfen, daher wird es nicht installiert. Melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>What it sends is kept apart and looked at. Stop working with it, and tell your operator.</source>
            <translation>Was er sendet, wird getrennt aufbewahrt und untersucht. Arbeiten Sie nicht weiter mit ihm und melden Sie es Ihrem Betreiber.</translation>
        </message>
        <message>
            <source>What stands in {file} is not what was written: {detail}.</source>
            <translation>In {file} steht nicht, was geschrieben wurde: {detail}.</translation>
        </message>
        <message>
            <source>What the central system gave this laptop is no certificate of its authority for this laptop's key.</source>
            <translation>Was das Zentralsystem diesem Laptop gab, ist kein Zertifikat seiner Zertifizierungsstelle für den Schlüssel dieses Laptops.</translation>
        </message>
        <message>
            <source>What was asked for is not understood: {field} {why}.</source>
            <translation>Die Anfrage wird nicht verstanden: {field} {why}.</translation>
        </message>
        <message>
            <source>What was typed is no fingerprint: {found} hexadecimal digits instead of 64.</source>
            <translation>Das Eingegebene ist kein Fingerabdruck: {found} hexadezimale Ziffern statt 64.</translation>
        </message>
        <message>
            <source>Whether {target} is encrypted is not as the catalogue says.</source>
            <translation>Ob {target} verschlüsselt ist, stimmt nicht mit dem Katalog überein.</translation>
        </message>
        <message>
            <source>Who may approve as a second person is not decided by a server: grant {grant}.</source>
            <translation>Wer als zweite Person freigeben darf, entscheidet kein Server: Berechtigung {grant}.</translation>
        </message>
        <message>
            <source>Who requires it is the release or the site file. Check it yourself, or have the profile ask for it.</source>
            <translation>Das Release oder die Standortdatei verlangt es. Prüfen Sie es selbst oder lassen Sie das Profil danach fragen.</translation>
        </message>
        <message>
            <source>Who there is, shows: fieldtool central person list.</source>
            <translation>Wen es gibt, zeigt: fieldtool central person list.</translation>
        </message>
        <message>
            <source>Whoever has it could make firmware and order it, so neither is used. Call your operator.</source>
            <translation>Wer ihn hat, könnte Firmware machen und anordnen; daher wird keines von beiden benutzt. Rufen Sie Ihren Betreiber an.</translation>
        </message>
        <message>
            <source>Whoever is “{role}” may not grant {actions}.</source>
            <translation>Wer „{role}“ ist, darf {actions} nicht gewähren.</translation>
        </message>
        <message>
            <source>Withdraw orders and grants that have ended: fieldtool central direct withdraw SITE/ID.</source>
            <translation>Ziehen Sie abgelaufene Aufträge und Berechtigungen zurück: fieldtool central direct withdraw SITE/ID.</translation>
        </message>
        <message>
            <source>Withdraw the release and add its file again under another name.</source>
            <translation>Ziehen Sie das Release zurück und fügen Sie seine Datei unter anderem Namen neu hinzu.</translation>
        </message>
        <message>
            <source>Without this key “{role}” would have {keys} keys and needs {threshold}.</source>
            <translation>Ohne diesen Schlüssel hätte „{role}“ {keys} Schlüssel und braucht {threshold}.</translation>
        </message>
        <message>
            <source>Work order {order} and the image repository do not agree about {target}: another {field}.</source>
            <translation>Der Auftrag {order} und das Image-Repository stimmen bei {target} nicht überein: {field} weicht ab.</translation>
        </message>
        <message>
            <source>Work order {order} says that charger {serial} shows the key {expected}.</source>
            <translation>Der Auftrag {order} sagt, dass die Ladestation {serial} den Schlüssel {expected} zeigt.</translation>
        </message>
        <message>
            <source>Write it as user:password@host, or leave it to PostgreSQL's own password file.</source>
            <translation>Schreiben Sie es als user:password@host oder überlassen Sie es der Passwortdatei von PostgreSQL.</translation>
        </message>
        <message>
            <source>Write it like 192.0.2.7, 192.0.2.7:2222 or [fe80::1%eth0]:22.</source>
            <translation>Schreiben Sie sie wie 192.0.2.7, 192.0.2.7:2222 oder [fe80::1%eth0]:22.</translation>
        </message>
        <message>
            <source>Write it like https://central.example:8443.</source>
            <translation>Schreiben Sie sie wie https://central.example:8443.</translation>
        </message>
        <message>
            <source>Write it like pkcs11:token=NAME;object=KEY?module-path=/path/of/module.so, see resources/docs/guide/keys.md.</source>
            <translation>Schreiben Sie sie wie pkcs11:token=NAME;object=KEY?module-path=/path/of/module.so, siehe resources/docs/guide/keys.md.</translation>
        </message>
        <message>
            <source>Write it like postgresql://user@host/fieldtool. Central opens nothing else in place of its own file.</source>
            <translation>Schreiben Sie sie wie postgresql://user@host/fieldtool. Nichts anderes öffnet das Zentralsystem anstelle seiner eigenen Datei.</translation>
        </message>
        <message>
            <source>Write it on the laptop again: fieldtool audit key.</source>
            <translation>Schreiben Sie ihn auf dem Laptop neu: fieldtool audit key.</translation>
        </message>
        <message>
            <source>Write the address into {file} (chmod 600), or leave the password to PostgreSQL's own password file.</source>
            <translation>Schreiben Sie die Adresse in {file} (chmod 600) oder überlassen Sie das Passwort der Passwortdatei von PostgreSQL.</translation>
        </message>
        <message>
            <source>Write the key here: fieldtool audit key &gt; LAPTOP.pem. Then on the central system: fieldtool central laptop add LAPTOP.pem. Records stay on this laptop until then.</source>
            <translation>Schreiben Sie hier den Schlüssel: fieldtool audit key &gt; LAPTOP.pem. Dann auf dem Zentralsystem: fieldtool central laptop add LAPTOP.pem. Bis dahin bleiben die Einträge auf diesem Laptop.</translation>
        </message>
        <message>
            <source>Write the name as fieldtool audit list shows it. A name that was forgotten is not there any more.</source>
            <translation>Schreiben Sie den Namen, wie fieldtool audit list ihn zeigt. Ein vergessener Name steht nicht mehr da.</translation>
        </message>
        <message>
            <source>You did not select it.</source>
            <translation>Sie haben sie nicht ausgewählt.</translation>
        </message>
        <message>
            <source>You may leave it as it is.</source>
            <translation>Sie können sie so lassen, wie sie ist.</translation>
        </message>
        <message>
            <source>You stopped the run.</source>
            <translation>Sie haben den Lauf angehalten.</translation>
        </message>
        <message>
            <source>fieldtool asks again. If it happens twice, restart it at its switch.</source>
            <translation>fieldtool fragt noch einmal. Geschieht es zweimal, starten Sie sie an ihrem Schalter neu.</translation>
        </message>
        <message>
            <source>fieldtool did not do this. Find out who else works on this charger.</source>
            <translation>Das war nicht fieldtool. Finden Sie heraus, wer noch an dieser Ladestation arbeitet.</translation>
        </message>
        <message>
            <source>fieldtool key show and fieldtool central serve print the fingerprints.</source>
            <translation>fieldtool key show und fieldtool central serve geben die Fingerabdrücke aus.</translation>
        </message>
        <message>
            <source>fieldtool ports says why, and what to do.</source>
            <translation>fieldtool ports sagt, warum, und was zu tun ist.</translation>
        </message>
        <message>
            <source>fieldtool report list shows them.</source>
            <translation>fieldtool report list zeigt sie.</translation>
        </message>
        <message>
            <source>fieldtool sees by itself when it is back.</source>
            <translation>fieldtool sieht von selbst, wenn sie wieder da ist.</translation>
        </message>
        <message>
            <source>fieldtool stands alone: no operator directs this laptop, so no grants are looked at.</source>
            <translation>fieldtool arbeitet allein: Kein Betreiber leitet diesen Laptop, daher werden keine Berechtigungen geprüft.</translation>
        </message>
        <message>
            <source>fieldtool stops its start by itself and goes on.</source>
            <translation>fieldtool hält den Start von selbst an und macht weiter.</translation>
        </message>
        <message>
            <source>fieldtool tries again with a copy. If it happens twice, restart the charger.</source>
            <translation>fieldtool versucht es mit einer Kopie noch einmal. Geschieht es zweimal, starten Sie die Ladestation neu.</translation>
        </message>
        <message>
            <source>{actor} agrees to “{action}”, as the second person.</source>
            <translation>{actor} stimmt „{action}“ als zweite Person zu.</translation>
        </message>
        <message>
            <source>{actor} cannot be the second person: it is the same one who does the update.</source>
            <translation>{actor} kann nicht die zweite Person sein: Es ist dieselbe, die das Update ausführt.</translation>
        </message>
        <message>
            <source>{address} does not answer: {detail}.</source>
            <translation>{address} antwortet nicht: {detail}.</translation>
        </message>
        <message>
            <source>{address} gave no answer for {seconds} seconds to one question ({fact}), though it answers otherwise.</source>
            <translation>{address} hat {seconds} Sekunden lang auf eine Frage ({fact}) nicht geantwortet, antwortet aber sonst.</translation>
        </message>
        <message>
            <source>{address} is charger {found}, not {expected}.</source>
            <translation>{address} ist die Ladestation {found}, nicht {expected}.</translation>
        </message>
        <message>
            <source>{address} is no line on which {driver} can bring a charger back.</source>
            <translation>{address} ist keine Leitung, auf der {driver} eine Ladestation wiederherstellen kann.</translation>
        </message>
        <message>
            <source>{address} took no data for {seconds} seconds.</source>
            <translation>{address} hat {seconds} Sekunden lang keine Daten angenommen.</translation>
        </message>
        <message>
            <source>{count} keys on token {token} fit {key}.</source>
            <translation>{count} Schlüssel auf dem Token {token} passen zu {key}.</translation>
        </message>
        <message>
            <source>{count} tokens fit this address: {found}.</source>
            <translation>{count} Token passen zu dieser Adresse: {found}.</translation>
        </message>
        <message>
            <source>{file} cannot be published: {detail}.</source>
            <translation>{file} kann nicht herausgegeben werden: {detail}.</translation>
        </message>
        <message>
            <source>{file} cannot be read: {detail}.</source>
            <translation>{file} kann nicht gelesen werden: {detail}.</translation>
        </message>
        <message>
            <source>{file} cannot be written: {detail}.</source>
            <translation>{file} kann nicht geschrieben werden: {detail}.</translation>
        </message>
        <message>
            <source>{file} exists already.</source>
            <translation>{file} gibt es schon.</translation>
        </message>
        <message>
            <source>{file} holds a payload with SHA-256 {found}, not {expected}.</source>
            <translation>{file} hat einen Inhalt mit SHA-256 {found}, nicht {expected}.</translation>
        </message>
        <message>
            <source>{file} is a zip file like a bundle, no firmware file.</source>
            <translation>{file} ist eine Zip-Datei wie ein Paket, keine Firmwaredatei.</translation>
        </message>
        <message>
            <source>{file} is no Ed25519 key in PEM.</source>
            <translation>{file} ist kein Ed25519-Schlüssel in PEM.</translation>
        </message>
        <message>
            <source>{file} is no answer of a central system to an export.</source>
            <translation>{file} ist keine Antwort eines Zentralsystems auf einen Export.</translation>
        </message>
        <message>
            <source>{file} is no firmware that the signed catalogue of this laptop names. {guess}.</source>
            <translation>{file} ist keine Firmware, die der signierte Katalog dieses Laptops nennt. {guess}.</translation>
        </message>
        <message>
            <source>{file} is no inventory: {detail}.</source>
            <translation>{file} ist keine Bestandsliste: {detail}.</translation>
        </message>
        <message>
            <source>{file} is no usable root of trust: {detail}.</source>
            <translation>{file} ist kein brauchbarer Vertrauensanker: {detail}.</translation>
        </message>
        <message>
            <source>{file} is not a bundle that can be used: {detail}.</source>
            <translation>{file} ist kein brauchbares Paket: {detail}.</translation>
        </message>
        <message>
            <source>{file} is not the key that signs the certificates of laptops.</source>
            <translation>{file} ist nicht der Schlüssel, der die Zertifikate der Laptops signiert.</translation>
        </message>
        <message>
            <source>{file} is not the root of the {kind}.</source>
            <translation>{file} ist kein Vertrauensanker für „{kind}“.</translation>
        </message>
        <message>
            <source>{file} is not the root of trust that was announced: its fingerprint is {found}.</source>
            <translation>{file} ist nicht der angekündigte Vertrauensanker: Sein Fingerabdruck ist {found}.</translation>
        </message>
        <message>
            <source>{fingerprint}…, valid until {until}.</source>
            <translation>{fingerprint}…, gültig bis {until}.</translation>
        </message>
        <message>
            <source>{folder} cannot be written: {detail}.</source>
            <translation>{folder} kann nicht beschrieben werden: {detail}.</translation>
        </message>
        <message>
            <source>{folder} has {free} MB free, the bundle needs {needed} MB.</source>
            <translation>{folder} hat {free} MB frei, das Paket braucht {needed} MB.</translation>
        </message>
        <message>
            <source>{folder} has {free} MB free, the firmware needs {needed} MB more.</source>
            <translation>{folder} hat {free} MB frei, die Firmware braucht {needed} MB mehr.</translation>
        </message>
        <message>
            <source>{folder} holds no firmware repository.</source>
            <translation>{folder} enthält kein Firmware-Repository.</translation>
        </message>
        <message>
            <source>{folder} is a repository of the other kind: {found}, not {expected}.</source>
            <translation>{folder} ist ein Repository der anderen Art: {found}, nicht {expected}.</translation>
        </message>
        <message>
            <source>{folder} is no training folder.</source>
            <translation>{folder} ist kein Übungsordner.</translation>
        </message>
        <message>
            <source>{folder} is not empty.</source>
            <translation>{folder} ist nicht leer.</translation>
        </message>
        <message>
            <source>{folder}.</source>
            <translation>{folder}.</translation>
        </message>
        <message>
            <source>{found} is on this laptop, verified.</source>
            <translation>{found} ist auf diesem Laptop, geprüft.</translation>
        </message>
        <message>
            <source>{found} stays beside the new firmware.</source>
            <translation>{found} bleibt neben der neuen Firmware erhalten.</translation>
        </message>
        <message>
            <source>{found} → {target} can be installed.</source>
            <translation>{found} → {target} kann installiert werden.</translation>
        </message>
        <message>
            <source>{found}, to which this charger would have to return, may not be installed: {detail}.</source>
            <translation>{found}, worauf diese Ladestation zurückgehen müsste, darf nicht installiert werden: {detail}.</translation>
        </message>
        <message>
            <source>{free} MB free for records, journal and firmware.</source>
            <translation>{free} MB frei für Einträge, Journal und Firmware.</translation>
        </message>
        <message>
            <source>{laptop} found that its own audit log is not what it was. It says: “{words}”.</source>
            <translation>{laptop} hat festgestellt, dass sein eigenes Protokoll nicht ist, was es war. Er meldet: „{words}“.</translation>
        </message>
        <message>
            <source>{laptop} sent a record that does not hold: altered, or signed by a key that its log does not know.</source>
            <translation>{laptop} hat einen ungültigen Eintrag gesendet: verändert oder mit einem Schlüssel signiert, den sein Protokoll nicht kennt.</translation>
        </message>
        <message>
            <source>{laptop} sent records into the log of another laptop.</source>
            <translation>{laptop} hat Einträge in das Protokoll eines anderen Laptops gesendet.</translation>
        </message>
        <message>
            <source>{laptop} sent records that were signed with the throw-away keys of a training folder.</source>
            <translation>{laptop} hat Einträge gesendet, die mit den Wegwerfschlüsseln eines Übungsordners signiert sind.</translation>
        </message>
        <message>
            <source>{laptop} was revoked, and sent records since: {count}.</source>
            <translation>{laptop} wurde ausgeschlossen und hat seitdem Einträge gesendet: {count}.</translation>
        </message>
        <message>
            <source>{name} at {address} is not in the site file, so fieldtool does not know how to talk to it.</source>
            <translation>{name} unter {address} steht nicht in der Standortdatei; fieldtool weiß daher nicht, wie es mit ihr spricht.</translation>
        </message>
        <message>
            <source>{name} cannot be {value}.</source>
            <translation>{name} kann nicht {value} sein.</translation>
        </message>
        <message>
            <source>{name} is plugged in, but a program keeps it from becoming a port.</source>
            <translation>{name} ist eingesteckt, aber ein Programm verhindert, dass daraus ein Port wird.</translation>
        </message>
        <message>
            <source>{name} is plugged in, but this laptop has no driver for it.</source>
            <translation>{name} ist eingesteckt, aber dieser Laptop hat keinen Treiber dafür.</translation>
        </message>
        <message>
            <source>{name} waits in its boot mode: no firmware runs on it.</source>
            <translation>{name} wartet im Boot-Modus: Es läuft keine Firmware.</translation>
        </message>
        <message>
            <source>{other} needs {component} {expected} or newer; {target} is older.</source>
            <translation>{other} braucht {component} {expected} oder neuer; {target} ist älter.</translation>
        </message>
        <message>
            <source>{phase} was tried {tries} times.</source>
            <translation>{phase} wurde {tries}-mal versucht.</translation>
        </message>
        <message>
            <source>{port} exists, but {user} may not open it, and no group of this laptop's may.</source>
            <translation>{port} ist da, aber {user} darf ihn nicht öffnen, und auch keine Gruppe dieses Laptops.</translation>
        </message>
        <message>
            <source>{port} exists, but {user} may not open it: only the group {group} may.</source>
            <translation>{port} ist da, aber {user} darf ihn nicht öffnen: Das darf nur die Gruppe {group}.</translation>
        </message>
        <message>
            <source>{port} is gone: {detail}.</source>
            <translation>{port} ist weg: {detail}.</translation>
        </message>
        <message>
            <source>{port} is in use by another program.</source>
            <translation>{port} wird von einem anderen Programm benutzt.</translation>
        </message>
        <message>
            <source>{port} is in use by {holder}.</source>
            <translation>{port} wird von {holder} benutzt.</translation>
        </message>
        <message>
            <source>{port} may be opened by the group {group}. {user} is in it, but only from the next login on.</source>
            <translation>{port} darf von der Gruppe {group} geöffnet werden. {user} gehört dazu, aber erst ab der nächsten Anmeldung.</translation>
        </message>
        <message>
            <source>{problem} cannot be overridden here.</source>
            <translation>{problem} kann hier nicht übergangen werden.</translation>
        </message>
        <message>
            <source>{records} records, none missing or changed.</source>
            <translation>{records} Einträge, keiner fehlt oder ist geändert.</translation>
        </message>
        <message>
            <source>{releases} releases, fresh, valid until {until}.</source>
            <translation>{releases} Releases, aktuell, gültig bis {until}.</translation>
        </message>
        <message>
            <source>{releases} releases, not renewed for long, valid until {until}.</source>
            <translation>{releases} Releases, lange nicht erneuert, gültig bis {until}.</translation>
        </message>
        <message>
            <source>{target} and {other} each need the other one to be installed first.</source>
            <translation>{target} und {other} verlangen jeweils, dass das andere zuerst installiert wird.</translation>
        </message>
        <message>
            <source>{target} asks for the check {rule} after its installation, which this fieldtool does not know.</source>
            <translation>{target} verlangt nach der Installation die Prüfung {rule}, die dieses fieldtool nicht kennt.</translation>
        </message>
        <message>
            <source>{target} can be installed over {expected} or newer; this charger runs {found}.</source>
            <translation>{target} kann über {expected} oder neuer installiert werden; diese Ladestation läuft mit {found}.</translation>
        </message>
        <message>
            <source>{target} can bring charger {serial} back.</source>
            <translation>{target} kann die Ladestation {serial} wiederherstellen.</translation>
        </message>
        <message>
            <source>{target} carries no signature of its maker.</source>
            <translation>{target} trägt keine Signatur des Herstellers.</translation>
        </message>
        <message>
            <source>{target} goes back from {found}, which runs now: this needs a grant for it, and a second person.</source>
            <translation>{target} ist ein Schritt zurück von {found}, das jetzt läuft: Das braucht eine Berechtigung dafür und eine zweite Person.</translation>
        </message>
        <message>
            <source>{target} has security epoch {found}, the charger demands {expected}.</source>
            <translation>{target} hat die Sicherheitsepoche {found}, die Ladestation verlangt {expected}.</translation>
        </message>
        <message>
            <source>{target} is a file of the format {found}. This charger is updated with {expected}.</source>
            <translation>{target} ist eine Datei des Formats {found}. Diese Ladestation wird mit {expected} aktualisiert.</translation>
        </message>
        <message>
            <source>{target} is for hardware {expected}; this charger is {found}.</source>
            <translation>{target} ist für die Hardware {expected}; diese Ladestation hat {found}.</translation>
        </message>
        <message>
            <source>{target} is for {expected}; this charger is a {found}.</source>
            <translation>{target} ist für {expected}; diese Ladestation ist vom Modell {found}.</translation>
        </message>
        <message>
            <source>{target} is in the repository already, with another content.</source>
            <translation>{target} ist schon im Repository, mit anderem Inhalt.</translation>
        </message>
        <message>
            <source>{target} is made for {expected} only, and the site file does not name this site's market.</source>
            <translation>{target} ist nur für {expected} gemacht, und die Standortdatei nennt den Markt dieses Standorts nicht.</translation>
        </message>
        <message>
            <source>{target} is made for {expected}; this site is in {found}.</source>
            <translation>{target} ist für {expected} gemacht; dieser Standort liegt in {found}.</translation>
        </message>
        <message>
            <source>{target} is not built as a file of its kind must be: {detail}.</source>
            <translation>{target} ist nicht so aufgebaut, wie eine Datei dieser Art sein muss: {detail}.</translation>
        </message>
        <message>
            <source>{target} is not in the signed catalogue of this laptop.</source>
            <translation>{target} steht nicht im signierten Katalog dieses Laptops.</translation>
        </message>
        <message>
            <source>{target} is older than {found}, which runs now.</source>
            <translation>{target} ist älter als {found}, das jetzt läuft.</translation>
        </message>
        <message>
            <source>{target} is on the director's list of images that nobody may install any more.</source>
            <translation>{target} steht auf der Sperrliste des Directors: Niemand darf es mehr installieren.</translation>
        </message>
        <message>
            <source>{target} is on the operator's denylist.</source>
            <translation>{target} steht auf der Sperrliste des Betreibers.</translation>
        </message>
        <message>
            <source>{target} is published already and says something else.</source>
            <translation>{target} ist schon herausgegeben und sagt etwas anderes.</translation>
        </message>
        <message>
            <source>{target} is published as a file without a signature, but is of a kind that its maker signs.</source>
            <translation>{target} ist als Datei ohne Signatur herausgegeben, gehört aber zu einer Art, die der Hersteller signiert.</translation>
        </message>
        <message>
            <source>{target} is signed by its maker, but holds another payload than the catalogue says.</source>
            <translation>{target} ist vom Hersteller signiert, enthält aber einen anderen Inhalt, als der Katalog sagt.</translation>
        </message>
        <message>
            <source>{target} is signed by {signer}, whom its maker has not named.</source>
            <translation>{target} ist von {signer} signiert, den der Hersteller nicht genannt hat.</translation>
        </message>
        <message>
            <source>{target} is to be encrypted, but holds its own key readably.</source>
            <translation>{target} soll verschlüsselt sein, enthält aber seinen eigenen Schlüssel lesbar.</translation>
        </message>
        <message>
            <source>{target} needs {component} {expected} or newer; this charger does not tell which it has.</source>
            <translation>{target} braucht {component} {expected} oder neuer; diese Ladestation sagt nicht, welche sie hat.</translation>
        </message>
        <message>
            <source>{target} needs {component} {expected} or newer; this charger has {found}.</source>
            <translation>{target} braucht {component} {expected} oder neuer; diese Ladestation hat {found}.</translation>
        </message>
        <message>
            <source>{target} speaks {expected} only, and the site file does not say what this site's central system speaks.</source>
            <translation>{target} spricht nur {expected}, und die Standortdatei sagt nicht, was das Zentralsystem dieses Standorts spricht.</translation>
        </message>
        <message>
            <source>{target} speaks {expected}; the central system of this site speaks {found}.</source>
            <translation>{target} spricht {expected}; das Zentralsystem dieses Standorts spricht {found}.</translation>
        </message>
        <message>
            <source>{url} does not answer like a central system: {detail}.</source>
            <translation>{url} antwortet nicht wie ein Zentralsystem: {detail}.</translation>
        </message>
        <message>
            <source>{url} has all records.</source>
            <translation>{url} hat alle Einträge.</translation>
        </message>
        <message>
            <source>{what} is in use by {holder}.</source>
            <translation>{what} wird von {holder} benutzt.</translation>
        </message>
        <message>
            <source>{what} {who} decided to go on all the same: {why}.</source>
            <translation>{what} {who} hat entschieden, trotzdem weiterzumachen: {why}.</translation>
        </message>
        <message>
            <source>“{address}” is no address.</source>
            <translation>„{address}“ ist keine Adresse.</translation>
        </message>
        <message>
            <source>“{field}” belongs to the file of a published release and cannot be changed.</source>
            <translation>„{field}“ gehört zur Datei eines herausgegebenen Release und kann nicht geändert werden.</translation>
        </message>
        <message>
            <source>“{fingerprint}” is no fingerprint.</source>
            <translation>„{fingerprint}“ ist kein Fingerabdruck.</translation>
        </message>
        <message>
            <source>“{given}” is neither the fingerprint of a laptop (64 hexadecimal digits) nor a central system's (SHA256:... or its public key in base64).</source>
            <translation>„{given}“ ist weder der Fingerabdruck eines Laptops (64 hexadezimale Ziffern) noch der eines Zentralsystems (SHA256:... oder sein öffentlicher Schlüssel in base64).</translation>
        </message>
        <message>
            <source>“{name}” works at this laptop now: the next record would bring the name back.</source>
            <translation>„{name}“ arbeitet gerade an diesem Laptop: Der nächste Eintrag brächte den Namen zurück.</translation>
        </message>
        <message>
            <source>“{role}” has changes that are not on the mirror yet.</source>
            <translation>„{role}“ hat Änderungen, die noch nicht auf dem Spiegel sind.</translation>
        </message>
        <message>
            <source>“{role}” is published with all its signatures.</source>
            <translation>„{role}“ ist mit allen Signaturen herausgegeben.</translation>
        </message>
        <message>
            <source>“{role}” is valid until {until} only.</source>
            <translation>„{role}“ gilt nur bis {until}.</translation>
        </message>
        <message>
            <source>“{role}” was changed in both places: version {found} in {folder}, version {expected} here.</source>
            <translation>„{role}“ wurde an beiden Orten geändert: Version {found} in {folder}, Version {expected} hier.</translation>
        </message>
        <message>
            <source>“{role}” was valid until {until}.</source>
            <translation>„{role}“ galt bis {until}.</translation>
        </message>
        <message>
            <source>“{url}” is no address of a central system.</source>
            <translation>„{url}“ ist keine Adresse eines Zentralsystems.</translation>
        </message>
        <message>
            <source>“{version}” is no version of the kind “{kind}”.</source>
            <translation>„{version}“ ist keine Version der Art „{kind}“.</translation>
        </message>
    </context>
    <context>
        <name>words</name>
        <message>
            <source>, {n} work orders</source>
            <translation>, {n} Aufträge</translation>
        </message>
        <message>
            <source>1 check fails</source>
            <translation>1 Mangel</translation>
        </message>
        <message>
            <source>1 signer</source>
            <translation>1 Signatur</translation>
        </message>
        <message>
            <source>A bootdelay of 0 is caught at the first look: switch off and on once more.</source>
            <translation>Ein bootdelay von 0 wird beim ersten Blick erkannt: noch einmal aus- und einschalten.</translation>
        </message>
        <message>
            <source>A bootloader that does not wait</source>
            <translation>Ein Bootloader, der nicht wartet</translation>
        </message>
        <message>
            <source>A car is charging</source>
            <translation>Ein Auto lädt</translation>
        </message>
        <message>
            <source>A failed check brings the old firmware back</source>
            <translation>Fällt die Prüfung durch, kommt die alte Firmware wieder</translation>
        </message>
        <message>
            <source>A second person must agree: {names}</source>
            <translation>Eine zweite Person muss zustimmen: {names}</translation>
        </message>
        <message>
            <source>A work order names it for this charger.</source>
            <translation>Ein Auftrag nennt es für diese Ladestation.</translation>
        </message>
        <message>
            <source>A work order, a site file or a charger that is found tells it.</source>
            <translation>Ein Auftrag, eine Standortdatei oder eine gefundene Ladestation sagt es.</translation>
        </message>
        <message>
            <source>Actor</source>
            <translation>Person</translation>
        </message>
        <message>
            <source>Add</source>
            <translation>Hinzufügen</translation>
        </message>
        <message>
            <source>After session</source>
            <translation>Nach Ladung</translation>
        </message>
        <message>
            <source>After the step that runs</source>
            <translation>Nach dem laufenden Schritt</translation>
        </message>
        <message>
            <source>Agreed</source>
            <translation>Zugestimmt</translation>
        </message>
        <message>
            <source>Alarm</source>
            <translation>Alarm</translation>
        </message>
        <message>
            <source>Alarm of the log</source>
            <translation>Alarm des Protokolls</translation>
        </message>
        <message>
            <source>All</source>
            <translation>Alle</translation>
        </message>
        <message>
            <source>All its runs in one</source>
            <translation>Alle ihre Läufe in einem</translation>
        </message>
        <message>
            <source>All of it is compared</source>
            <translation>Alles wird verglichen</translation>
        </message>
        <message>
            <source>All {n}</source>
            <translation>Alle {n}</translation>
        </message>
        <message>
            <source>All {n} audit records synced</source>
            <translation>Alle {n} Einträge synchronisiert</translation>
        </message>
        <message>
            <source>All {n} receipted</source>
            <translation>Alle {n} quittiert</translation>
        </message>
        <message>
            <source>Allowed</source>
            <translation>Erlaubt</translation>
        </message>
        <message>
            <source>Allowed, waits</source>
            <translation>Erlaubt, wartet</translation>
        </message>
        <message>
            <source>Allowed, with a note</source>
            <translation>Erlaubt, mit Hinweis</translation>
        </message>
        <message>
            <source>Another charger</source>
            <translation>Andere Ladestation</translation>
        </message>
        <message>
            <source>Answer to a command</source>
            <translation>Antwort auf einen Befehl</translation>
        </message>
        <message>
            <source>Any time</source>
            <translation>Seit Beginn</translation>
        </message>
        <message>
            <source>As the desktop</source>
            <translation>Wie der Desktop</translation>
        </message>
        <message>
            <source>Ask who it is</source>
            <translation>Fragen, wer sie ist</translation>
        </message>
        <message>
            <source>Asked</source>
            <translation>Gefragt</translation>
        </message>
        <message>
            <source>Asked for</source>
            <translation>Verlangt</translation>
        </message>
        <message>
            <source>Audit</source>
            <translation>Protokoll</translation>
        </message>
        <message>
            <source>Audit log</source>
            <translation>Protokoll</translation>
        </message>
        <message>
            <source>Audit log not checked</source>
            <translation>Protokoll nicht geprüft</translation>
        </message>
        <message>
            <source>Audit log: alarm</source>
            <translation>Protokoll: Alarm</translation>
        </message>
        <message>
            <source>Backend</source>
            <translation>Backend</translation>
        </message>
        <message>
            <source>Backup</source>
            <translation>Sichern</translation>
        </message>
        <message>
            <source>Battery, {n} %</source>
            <translation>Akku, {n} %</translation>
        </message>
        <message>
            <source>Begin again</source>
            <translation>Neu beginnen</translation>
        </message>
        <message>
            <source>Blocked</source>
            <translation>Gesperrt</translation>
        </message>
        <message>
            <source>Blocked: {reason}</source>
            <translation>Gesperrt: {reason}</translation>
        </message>
        <message>
            <source>Blocks</source>
            <translation>Sperrt</translation>
        </message>
        <message>
            <source>Bootloader</source>
            <translation>Bootloader</translation>
        </message>
        <message>
            <source>Bring back settings</source>
            <translation>Einstellungen zurückschreiben</translation>
        </message>
        <message>
            <source>Busy</source>
            <translation>Arbeitet</translation>
        </message>
        <message>
            <source>By its normal driver</source>
            <translation>Mit ihrem normalen Treiber</translation>
        </message>
        <message>
            <source>By work order {orders}. No network is needed for the updates.</source>
            <translation>Nach Auftrag {orders}. Für die Updates ist kein Netz nötig.</translation>
        </message>
        <message>
            <source>By {central}, {at}</source>
            <translation>Von {central}, {at}</translation>
        </message>
        <message>
            <source>Cable</source>
            <translation>Kabel</translation>
        </message>
        <message>
            <source>Cable and adapter</source>
            <translation>Kabel und Adapter</translation>
        </message>
        <message>
            <source>Cache {size}</source>
            <translation>Cache {size}</translation>
        </message>
        <message>
            <source>Cancel, and choose the other port if this one stays silent.</source>
            <translation>Brechen Sie ab, und wählen Sie den anderen Port, wenn dieser stumm bleibt.</translation>
        </message>
        <message>
            <source>Cancelling…</source>
            <translation>Bricht ab…</translation>
        </message>
        <message>
            <source>Catalogue</source>
            <translation>Katalog</translation>
        </message>
        <message>
            <source>Catalogue expired</source>
            <translation>Katalog abgelaufen</translation>
        </message>
        <message>
            <source>Catalogue expired: sync</source>
            <translation>Katalog abgelaufen: synchronisieren</translation>
        </message>
        <message>
            <source>Catalogue valid {n} days</source>
            <translation>Katalog {n} Tage gültig</translation>
        </message>
        <message>
            <source>Central</source>
            <translation>Zentral</translation>
        </message>
        <message>
            <source>Central accepted</source>
            <translation>Zentralsystem angenommen</translation>
        </message>
        <message>
            <source>Central refuses this laptop</source>
            <translation>Zentralsystem lehnt ab</translation>
        </message>
        <message>
            <source>Central system</source>
            <translation>Zentralsystem</translation>
        </message>
        <message>
            <source>Certificates</source>
            <translation>Zertifikate</translation>
        </message>
        <message>
            <source>Chain whole: {n} records, none missing or changed</source>
            <translation>Kette ganz: {n} Einträge, keiner fehlt, keiner geändert</translation>
        </message>
        <message>
            <source>Charger</source>
            <translation>Ladestation</translation>
        </message>
        <message>
            <source>Charger checks it</source>
            <translation>Ladestation prüft</translation>
        </message>
        <message>
            <source>Chargers</source>
            <translation>Ladestationen</translation>
        </message>
        <message>
            <source>Chargers updated at once</source>
            <translation>Ladestationen zugleich</translation>
        </message>
        <message>
            <source>Chargers, Plan, Run, Recovery, Firmware, Settings</source>
            <translation>Ladestationen, Plan, Lauf, Wiederherstellung, Firmware, Einstellungen</translation>
        </message>
        <message>
            <source>Charging</source>
            <translation>Lädt</translation>
        </message>
        <message>
            <source>Check image</source>
            <translation>Image prüfen</translation>
        </message>
        <message>
            <source>Check that the image fits</source>
            <translation>Prüfen, ob das Image passt</translation>
        </message>
        <message>
            <source>Check what arrived</source>
            <translation>Angekommenes prüfen</translation>
        </message>
        <message>
            <source>Checked {ago}. Its end matches the anchor outside the database.</source>
            <translation>Geprüft {ago}. Sein Ende passt zum Anker außerhalb der Datenbank.</translation>
        </message>
        <message>
            <source>Checking…</source>
            <translation>Prüft…</translation>
        </message>
        <message>
            <source>Checks</source>
            <translation>Vorprüfung</translation>
        </message>
        <message>
            <source>Checks of this model</source>
            <translation>Prüfungen dieses Modells</translation>
        </message>
        <message>
            <source>Choose the model, or type the serial number.</source>
            <translation>Wählen Sie das Modell, oder tippen Sie die Seriennummer ein.</translation>
        </message>
        <message>
            <source>Choose the port first.</source>
            <translation>Wählen Sie zuerst den Port.</translation>
        </message>
        <message>
            <source>Clean up {size}</source>
            <translation>{size} aufräumen</translation>
        </message>
        <message>
            <source>Clock</source>
            <translation>Uhr</translation>
        </message>
        <message>
            <source>Clock is wrong</source>
            <translation>Uhr geht falsch</translation>
        </message>
        <message>
            <source>Clock not confirmed</source>
            <translation>Uhr nicht bestätigt</translation>
        </message>
        <message>
            <source>Clock trusted</source>
            <translation>Uhr vertraut</translation>
        </message>
        <message>
            <source>Clock unsure</source>
            <translation>Uhr unsicher</translation>
        </message>
        <message>
            <source>Close other terminal programs, and the maker's own tool.</source>
            <translation>Schließen Sie andere Terminalprogramme, und das Werkzeug des Herstellers.</translation>
        </message>
        <message>
            <source>Close what lies on top</source>
            <translation>Schließen, was obenauf liegt</translation>
        </message>
        <message>
            <source>Code</source>
            <translation>Code</translation>
        </message>
        <message>
            <source>Compare the serial number with the label first.</source>
            <translation>Vergleichen Sie zuerst die Seriennummer mit dem Typenschild.</translation>
        </message>
        <message>
            <source>Compatible</source>
            <translation>Passt</translation>
        </message>
        <message>
            <source>Component</source>
            <translation>Komponente</translation>
        </message>
        <message>
            <source>Confirm</source>
            <translation>Bestätigen</translation>
        </message>
        <message>
            <source>Confirm new firmware</source>
            <translation>Neue Firmware bestätigen</translation>
        </message>
        <message>
            <source>Confirm, or return</source>
            <translation>Bestätigen oder zurück</translation>
        </message>
        <message>
            <source>Connect</source>
            <translation>Verbinden</translation>
        </message>
        <message>
            <source>Connect it to mains first: under {n} % nothing is begun.</source>
            <translation>Schließen Sie ihn erst ans Netz an: unter {n} % wird nichts begonnen.</translation>
        </message>
        <message>
            <source>Connect it to mains if you can.</source>
            <translation>Schließen Sie ihn ans Netz an, wenn Sie können.</translation>
        </message>
        <message>
            <source>Connect the service cable</source>
            <translation>Servicekabel anschließen</translation>
        </message>
        <message>
            <source>Connection</source>
            <translation>Verbindung</translation>
        </message>
        <message>
            <source>Connectors</source>
            <translation>Anschlüsse</translation>
        </message>
        <message>
            <source>Content of the firmware</source>
            <translation>Inhalt der Firmware</translation>
        </message>
        <message>
            <source>Copied</source>
            <translation>Kopiert</translation>
        </message>
        <message>
            <source>Current site: {name}</source>
            <translation>Jetziger Standort: {name}</translation>
        </message>
        <message>
            <source>Dark</source>
            <translation>Dunkel</translation>
        </message>
        <message>
            <source>Data folder</source>
            <translation>Datenordner</translation>
        </message>
        <message>
            <source>Days to keep a charger's saved settings after its update</source>
            <translation>Tage, die gesicherte Einstellungen einer Ladestation nach dem Update bleiben</translation>
        </message>
        <message>
            <source>Decisions by people</source>
            <translation>Entscheidungen</translation>
        </message>
        <message>
            <source>Denied</source>
            <translation>Gesperrt</translation>
        </message>
        <message>
            <source>Denylisted</source>
            <translation>Gesperrt</translation>
        </message>
        <message>
            <source>Directed</source>
            <translation>Beauftragt</translation>
        </message>
        <message>
            <source>Directed by the operator</source>
            <translation>Vom Betreiber beauftragt</translation>
        </message>
        <message>
            <source>Director accepted</source>
            <translation>Director angenommen</translation>
        </message>
        <message>
            <source>Director repository</source>
            <translation>Director-Repository</translation>
        </message>
        <message>
            <source>Director {short}… accepted: {threshold} of {keys} keys sign, valid until {day}</source>
            <translation>Director {short}… angenommen: {threshold} von {keys} Schlüsseln signieren, gültig bis {day}</translation>
        </message>
        <message>
            <source>Disguised</source>
            <translation>Getarnt</translation>
        </message>
        <message>
            <source>Disk</source>
            <translation>Speicherplatz</translation>
        </message>
        <message>
            <source>Disk almost full</source>
            <translation>Speicher fast voll</translation>
        </message>
        <message>
            <source>Disk full</source>
            <translation>Speicher voll</translation>
        </message>
        <message>
            <source>Disk is full</source>
            <translation>Speicher voll</translation>
        </message>
        <message>
            <source>Disk low</source>
            <translation>Speicher knapp</translation>
        </message>
        <message>
            <source>Display</source>
            <translation>Anzeige</translation>
        </message>
        <message>
            <source>Do not switch off or unplug</source>
            <translation>Nicht ausschalten oder ausstecken</translation>
        </message>
        <message>
            <source>Do not unplug anything</source>
            <translation>Nichts ausstecken</translation>
        </message>
        <message>
            <source>Does not hold</source>
            <translation>Gilt nicht</translation>
        </message>
        <message>
            <source>Does the adapter have the charger's voltage, and a common ground?</source>
            <translation>Hat der Adapter die Spannung der Ladestation, und eine gemeinsame Masse?</translation>
        </message>
        <message>
            <source>Done</source>
            <translation>Fertig</translation>
        </message>
        <message>
            <source>Done by {time}, unless a car is waited for</source>
            <translation>Fertig bis {time}, falls kein Auto lädt</translation>
        </message>
        <message>
            <source>Empty</source>
            <translation>Leer</translation>
        </message>
        <message>
            <source>Encrypted</source>
            <translation>Verschlüsselt</translation>
        </message>
        <message>
            <source>Enough for this site: all {n} files are here</source>
            <translation>Reicht für diesen Standort: alle {n} Dateien sind hier</translation>
        </message>
        <message>
            <source>Enough for this site: it needs no firmware</source>
            <translation>Reicht für diesen Standort: er braucht keine Firmware</translation>
        </message>
        <message>
            <source>Enough for this site: its 1 file is here</source>
            <translation>Reicht für diesen Standort: seine 1 Datei ist hier</translation>
        </message>
        <message>
            <source>Enough for this site? Nobody has said what the site needs</source>
            <translation>Reicht es für diesen Standort? Niemand hat gesagt, was er braucht</translation>
        </message>
        <message>
            <source>Enrolment asked for</source>
            <translation>Anmeldung angefragt</translation>
        </message>
        <message>
            <source>Epoch</source>
            <translation>Epoche</translation>
        </message>
        <message>
            <source>Epoch unknown</source>
            <translation>Epoche fehlt</translation>
        </message>
        <message>
            <source>Event</source>
            <translation>Ereignis</translation>
        </message>
        <message>
            <source>Every charger in this plan can return to its old firmware.</source>
            <translation>Alle können zu ihrer alten Firmware zurück.</translation>
        </message>
        <message>
            <source>Every step is signed and recorded for this person.</source>
            <translation>Jeder Schritt wird für diese Person signiert und eingetragen.</translation>
        </message>
        <message>
            <source>Everywhere</source>
            <translation>Überall</translation>
        </message>
        <message>
            <source>Evidence made</source>
            <translation>Nachweis erstellt</translation>
        </message>
        <message>
            <source>Expired</source>
            <translation>Abgelaufen</translation>
        </message>
        <message>
            <source>Extent not known</source>
            <translation>Umfang unbekannt</translation>
        </message>
        <message>
            <source>Fail</source>
            <translation>Nicht bestanden</translation>
        </message>
        <message>
            <source>Failed</source>
            <translation>Fehlgeschlagen</translation>
        </message>
        <message>
            <source>Fault</source>
            <translation>Störung</translation>
        </message>
        <message>
            <source>Faults</source>
            <translation>Störungen</translation>
        </message>
        <message>
            <source>File</source>
            <translation>Datei</translation>
        </message>
        <message>
            <source>File altered</source>
            <translation>Datei verändert</translation>
        </message>
        <message>
            <source>File not here</source>
            <translation>Datei nicht hier</translation>
        </message>
        <message>
            <source>Find a charger</source>
            <translation>Eine Ladestation suchen</translation>
        </message>
        <message>
            <source>Fingerprint</source>
            <translation>Fingerabdruck</translation>
        </message>
        <message>
            <source>Firmware</source>
            <translation>Firmware</translation>
        </message>
        <message>
            <source>Firmware untouched</source>
            <translation>Firmware unberührt</translation>
        </message>
        <message>
            <source>Firmware untouched, keep it connected</source>
            <translation>Firmware unberührt, verbunden lassen</translation>
        </message>
        <message>
            <source>First start</source>
            <translation>Erster Start</translation>
        </message>
        <message>
            <source>First start, health check</source>
            <translation>Erster Start, Funktionsprüfung</translation>
        </message>
        <message>
            <source>Fix it</source>
            <translation>Beheben</translation>
        </message>
        <message>
            <source>Follow it on the Run screen.</source>
            <translation>Verfolgen Sie es auf der Seite Lauf.</translation>
        </message>
        <message>
            <source>For {actions}. {here}</source>
            <translation>Für {actions}. {here}</translation>
        </message>
        <message>
            <source>Format</source>
            <translation>Format</translation>
        </message>
        <message>
            <source>From</source>
            <translation>Von</translation>
        </message>
        <message>
            <source>From here on do not unplug anything</source>
            <translation>Ab jetzt nichts ausstecken</translation>
        </message>
        <message>
            <source>Glove mode</source>
            <translation>Handschuhmodus</translation>
        </message>
        <message>
            <source>Go on</source>
            <translation>Weiter</translation>
        </message>
        <message>
            <source>Good</source>
            <translation>Gut</translation>
        </message>
        <message>
            <source>Good for {names}</source>
            <translation>Gut für {names}</translation>
        </message>
        <message>
            <source>Grant</source>
            <translation>Berechtigung</translation>
        </message>
        <message>
            <source>Grant ended</source>
            <translation>Recht vorbei</translation>
        </message>
        <message>
            <source>HW {hardware} · {names}</source>
            <translation>HW {hardware} · {names}</translation>
        </message>
        <message>
            <source>Half written</source>
            <translation>Halb beschrieben</translation>
        </message>
        <message>
            <source>Hardware</source>
            <translation>Hardware</translation>
        </message>
        <message>
            <source>Has a fault</source>
            <translation>Gestört</translation>
        </message>
        <message>
            <source>Hash valid</source>
            <translation>Hash gültig</translation>
        </message>
        <message>
            <source>He or she types the PIN here, or signs the request on another laptop.</source>
            <translation>Er oder sie tippt die PIN hier ein, oder signiert die Anfrage auf einem anderen Laptop.</translation>
        </message>
        <message>
            <source>Health</source>
            <translation>Zustand</translation>
        </message>
        <message>
            <source>Health check</source>
            <translation>Funktionsprüfung</translation>
        </message>
        <message>
            <source>Health check: {what}</source>
            <translation>Funktionsprüfung: {what}</translation>
        </message>
        <message>
            <source>Healthy</source>
            <translation>Gesund</translation>
        </message>
        <message>
            <source>Heard: {words}</source>
            <translation>Gehört: {words}</translation>
        </message>
        <message>
            <source>Host key</source>
            <translation>Hostschlüssel</translation>
        </message>
        <message>
            <source>Host key of {serial} is pinned</source>
            <translation>Hostschlüssel von {serial} ist festgelegt</translation>
        </message>
        <message>
            <source>Host key pinned</source>
            <translation>Hostschlüssel festgelegt</translation>
        </message>
        <message>
            <source>How the port is now</source>
            <translation>Wie der Port jetzt ist</translation>
        </message>
        <message>
            <source>Identify</source>
            <translation>Erkennen</translation>
        </message>
        <message>
            <source>Identify the charger</source>
            <translation>Ladestation erkennen</translation>
        </message>
        <message>
            <source>If it breaks off all the same, nothing is lost: it goes on from what the charger has.</source>
            <translation>Bricht es trotzdem ab, ist nichts verloren: es geht von dem aus weiter, was die Ladestation hat.</translation>
        </message>
        <message>
            <source>Image</source>
            <translation>Image</translation>
        </message>
        <message>
            <source>Image hash</source>
            <translation>Image-Hash</translation>
        </message>
        <message>
            <source>Image repository</source>
            <translation>Image-Repository</translation>
        </message>
        <message>
            <source>Image signature</source>
            <translation>Image-Signatur</translation>
        </message>
        <message>
            <source>Import</source>
            <translation>Importieren</translation>
        </message>
        <message>
            <source>Imported: {n} releases, {new} new, {files} new files</source>
            <translation>Importiert: {n} Releases, {new} neu, {files} neue Dateien</translation>
        </message>
        <message>
            <source>In cache</source>
            <translation>Im Cache</translation>
        </message>
        <message>
            <source>In use</source>
            <translation>Belegt</translation>
        </message>
        <message>
            <source>Install</source>
            <translation>Installieren</translation>
        </message>
        <message>
            <source>Installing</source>
            <translation>Installiert</translation>
        </message>
        <message>
            <source>Into the bootloader</source>
            <translation>In den Bootloader</translation>
        </message>
        <message>
            <source>Is it in the charger's service port, and firmly in?</source>
            <translation>Steckt es im Serviceport der Ladestation, und fest?</translation>
        </message>
        <message>
            <source>Is the emergency stop released?</source>
            <translation>Ist der Not-Aus gelöst?</translation>
        </message>
        <message>
            <source>Is there any light at all? Check the breaker, the residual-current device, the main switch.</source>
            <translation>Ist irgendein Licht an? Prüfen Sie Sicherung, Fehlerstromschutzschalter, Hauptschalter.</translation>
        </message>
        <message>
            <source>It cannot be written</source>
            <translation>Es kann nicht geschrieben werden</translation>
        </message>
        <message>
            <source>It counts for every charger in this plan. Your name and reason go into the audit log.</source>
            <translation>Es gilt für jede Ladestation dieses Plans. Ihr Name und Grund kommen ins Protokoll.</translation>
        </message>
        <message>
            <source>It counts for this run. Your name and reason go into the audit log.</source>
            <translation>Es gilt für diesen Lauf. Ihr Name und Grund kommen ins Protokoll.</translation>
        </message>
        <message>
            <source>It does not answer, so fieldtool cannot tell</source>
            <translation>Sie antwortet nicht, fieldtool kann es nicht wissen</translation>
        </message>
        <message>
            <source>It does not answer. The run goes on when it does</source>
            <translation>Sie antwortet nicht. Der Lauf geht weiter, wenn sie es tut</translation>
        </message>
        <message>
            <source>It goes on by itself when the charger answers.</source>
            <translation>Es geht von selbst weiter, wenn die Ladestation antwortet.</translation>
        </message>
        <message>
            <source>It goes on by itself.</source>
            <translation>Es geht von selbst weiter.</translation>
        </message>
        <message>
            <source>It goes on by itself. Nothing to press.</source>
            <translation>Es geht von selbst weiter. Nichts zu drücken.</translation>
        </message>
        <message>
            <source>It goes on from what the charger has.</source>
            <translation>Es geht von dem aus weiter, was die Ladestation hat.</translation>
        </message>
        <message>
            <source>It goes on when you press Done.</source>
            <translation>Es geht weiter, wenn Sie „Fertig“ drücken.</translation>
        </message>
        <message>
            <source>It is a THROW-AWAY key: this proves nothing about a real charger.</source>
            <translation>Es ist ein WEGWERFSCHLÜSSEL: über eine echte Ladestation beweist das nichts.</translation>
        </message>
        <message>
            <source>It is as it was.</source>
            <translation>Sie ist, wie sie war.</translation>
        </message>
        <message>
            <source>It is here to look at. It cannot be installed.</source>
            <translation>Es ist zum Ansehen hier. Es kann nicht installiert werden.</translation>
        </message>
        <message>
            <source>It is made to bring this model and hardware back.</source>
            <translation>Es ist dafür gemacht, dieses Modell mit diesem Hardwarestand wiederherzustellen.</translation>
        </message>
        <message>
            <source>It is the newest file here that is made for exactly this model and hardware.</source>
            <translation>Es ist hier die neueste Datei für genau dieses Modell und diesen Hardwarestand.</translation>
        </message>
        <message>
            <source>It may not start by itself</source>
            <translation>Sie startet vielleicht nicht von selbst</translation>
        </message>
        <message>
            <source>It may not start by itself now</source>
            <translation>Sie startet jetzt vielleicht nicht von selbst</translation>
        </message>
        <message>
            <source>It must come back as the charger it was</source>
            <translation>Sie muss als dieselbe Ladestation wiederkommen</translation>
        </message>
        <message>
            <source>Its end could not be checked</source>
            <translation>Sein Ende konnte nicht geprüft werden</translation>
        </message>
        <message>
            <source>Its normal driver found it well. What the health check found stands below.</source>
            <translation>Ihr normaler Treiber fand sie gesund. Was die Funktionsprüfung fand, steht unten.</translation>
        </message>
        <message>
            <source>Keep it powered</source>
            <translation>Am Strom lassen</translation>
        </message>
        <message>
            <source>Keep it powered and connected</source>
            <translation>Am Strom und verbunden lassen</translation>
        </message>
        <message>
            <source>Keep it powered, and call support.</source>
            <translation>Lassen Sie den Strom an, und rufen Sie den Support an.</translation>
        </message>
        <message>
            <source>Keep the charger and the laptop powered, and the cable plugged in</source>
            <translation>Lassen Sie Ladestation und Laptop am Strom und das Kabel gesteckt</translation>
        </message>
        <message>
            <source>Keep the cover shut. fieldtool asks for the breaker and the service port only.</source>
            <translation>Lassen Sie die Abdeckung zu. fieldtool verlangt nur Sicherung und Serviceport.</translation>
        </message>
        <message>
            <source>Keep this laptop and all chargers powered and connected.</source>
            <translation>Lassen Sie Laptop und alle Ladestationen am Strom und verbunden.</translation>
        </message>
        <message>
            <source>Key</source>
            <translation>Schlüssel</translation>
        </message>
        <message>
            <source>Key changed</source>
            <translation>Schlüssel neu</translation>
        </message>
        <message>
            <source>Key of the central system</source>
            <translation>Schlüssel des Zentralsystems</translation>
        </message>
        <message>
            <source>Key rolled over</source>
            <translation>Schlüssel gewechselt</translation>
        </message>
        <message>
            <source>Key shown</source>
            <translation>Schlüssel gezeigt</translation>
        </message>
        <message>
            <source>Key unknown</source>
            <translation>Unbekannt</translation>
        </message>
        <message>
            <source>Keystore</source>
            <translation>Schlüsselspeicher</translation>
        </message>
        <message>
            <source>LAN</source>
            <translation>LAN</translation>
        </message>
        <message>
            <source>Language</source>
            <translation>Sprache</translation>
        </message>
        <message>
            <source>Laptop key, valid</source>
            <translation>Laptopschlüssel, gültig</translation>
        </message>
        <message>
            <source>Laptop {n} %</source>
            <translation>Laptop {n} %</translation>
        </message>
        <message>
            <source>Laptop {n} %, on mains</source>
            <translation>Laptop {n} %, am Netz</translation>
        </message>
        <message>
            <source>Last 24 hours</source>
            <translation>Letzte 24 Stunden</translation>
        </message>
        <message>
            <source>Last 30 days</source>
            <translation>Letzte 30 Tage</translation>
        </message>
        <message>
            <source>Last 7 days</source>
            <translation>Letzte 7 Tage</translation>
        </message>
        <message>
            <source>Last seen</source>
            <translation>Zuletzt gesehen</translation>
        </message>
        <message>
            <source>Leaf</source>
            <translation>Blatt</translation>
        </message>
        <message>
            <source>Leave power and cable as they are.</source>
            <translation>Lassen Sie Strom und Kabel, wie sie sind.</translation>
        </message>
        <message>
            <source>Left open: keep {name} powered and the cable plugged in</source>
            <translation>Noch offen: {name} am Strom und das Kabel gesteckt lassen</translation>
        </message>
        <message>
            <source>Light</source>
            <translation>Hell</translation>
        </message>
        <message>
            <source>Limit: {limit}.</source>
            <translation>Grenze: {limit}.</translation>
        </message>
        <message>
            <source>Line</source>
            <translation>Leitung</translation>
        </message>
        <message>
            <source>Link</source>
            <translation>Weg</translation>
        </message>
        <message>
            <source>Link lost</source>
            <translation>Getrennt</translation>
        </message>
        <message>
            <source>Listen first, then switch the charger on: its bootloader listens for a moment only.</source>
            <translation>Erst zuhören, dann die Ladestation einschalten: ihr Bootloader hört nur einen Augenblick zu.</translation>
        </message>
        <message>
            <source>Listening</source>
            <translation>Hört zu</translation>
        </message>
        <message>
            <source>Listening on {port} for {time}</source>
            <translation>Hört seit {time} auf {port}</translation>
        </message>
        <message>
            <source>Log anchored</source>
            <translation>Protokoll verankert</translation>
        </message>
        <message>
            <source>Log begun</source>
            <translation>Protokoll begonnen</translation>
        </message>
        <message>
            <source>Login</source>
            <translation>Zugang</translation>
        </message>
        <message>
            <source>Login of {serial} is stored</source>
            <translation>Zugang zu {serial} ist gespeichert</translation>
        </message>
        <message>
            <source>Login refused</source>
            <translation>Abgewiesen</translation>
        </message>
        <message>
            <source>Look at the rollback</source>
            <translation>Sehen Sie den Rückweg an</translation>
        </message>
        <message>
            <source>Low battery</source>
            <translation>Akku schwach</translation>
        </message>
        <message>
            <source>Main controller</source>
            <translation>Hauptsteuerung</translation>
        </message>
        <message>
            <source>Mains</source>
            <translation>Am Netz</translation>
        </message>
        <message>
            <source>Mains voltage behind the cover</source>
            <translation>Netzspannung hinter der Abdeckung</translation>
        </message>
        <message>
            <source>Market</source>
            <translation>Markt</translation>
        </message>
        <message>
            <source>Meter</source>
            <translation>Zähler</translation>
        </message>
        <message>
            <source>Meter registers</source>
            <translation>Zählerregister</translation>
        </message>
        <message>
            <source>Metering software</source>
            <translation>Messsoftware</translation>
        </message>
        <message>
            <source>Missing</source>
            <translation>Fehlt</translation>
        </message>
        <message>
            <source>Missing for {names}</source>
            <translation>Fehlt für {names}</translation>
        </message>
        <message>
            <source>Model</source>
            <translation>Modell</translation>
        </message>
        <message>
            <source>Model not known yet</source>
            <translation>Modell noch unbekannt</translation>
        </message>
        <message>
            <source>Model: as order or site file say</source>
            <translation>Modell: laut Auftrag oder Datei</translation>
        </message>
        <message>
            <source>Modem</source>
            <translation>Modem</translation>
        </message>
        <message>
            <source>Move through the list</source>
            <translation>Durch die Liste gehen</translation>
        </message>
        <message>
            <source>Name forgotten</source>
            <translation>Name vergessen</translation>
        </message>
        <message>
            <source>Names the chargers of a site: serial numbers, addresses, host keys, profile.</source>
            <translation>Nennt die Ladestationen eines Standorts: Seriennummern, Adressen, Hostschlüssel, Profil.</translation>
        </message>
        <message>
            <source>Needed newer</source>
            <translation>Neuere nötig</translation>
        </message>
        <message>
            <source>Needs</source>
            <translation>Braucht</translation>
        </message>
        <message>
            <source>Needs attention</source>
            <translation>Braucht Sie</translation>
        </message>
        <message>
            <source>Needs more</source>
            <translation>Braucht mehr</translation>
        </message>
        <message>
            <source>Needs recovery</source>
            <translation>Wiederherstellen</translation>
        </message>
        <message>
            <source>Needs update</source>
            <translation>Update nötig</translation>
        </message>
        <message>
            <source>Network</source>
            <translation>Netz</translation>
        </message>
        <message>
            <source>Never</source>
            <translation>Nie</translation>
        </message>
        <message>
            <source>Newest visit</source>
            <translation>Letzter Besuch</translation>
        </message>
        <message>
            <source>Next control</source>
            <translation>Nächstes Bedienelement</translation>
        </message>
        <message>
            <source>Next stage begun</source>
            <translation>Nächste Stufe begonnen</translation>
        </message>
        <message>
            <source>Next theme: light, dark, sunlight</source>
            <translation>Nächstes Farbschema: hell, dunkel, Sonne</translation>
        </message>
        <message>
            <source>No answer</source>
            <translation>Keine Antwort</translation>
        </message>
        <message>
            <source>No baseline</source>
            <translation>Ohne Sollstand</translation>
        </message>
        <message>
            <source>No catalogue yet</source>
            <translation>Noch kein Katalog</translation>
        </message>
        <message>
            <source>No central</source>
            <translation>Keine Zentrale</translation>
        </message>
        <message>
            <source>No central system set</source>
            <translation>Kein Zentralsystem</translation>
        </message>
        <message>
            <source>No charger can get it, and nobody can override that.</source>
            <translation>Keine Ladestation kann es bekommen, und niemand kann das übergehen.</translation>
        </message>
        <message>
            <source>No charger can get it, and nobody can override that. {todo}</source>
            <translation>Keine Ladestation kann es bekommen, und niemand kann das übergehen. {todo}</translation>
        </message>
        <message>
            <source>No charger of this site needs it.</source>
            <translation>Keine Ladestation dieses Standorts braucht es.</translation>
        </message>
        <message>
            <source>No countdown</source>
            <translation>Kein Countdown</translation>
        </message>
        <message>
            <source>No evidence yet</source>
            <translation>Noch kein Nachweis</translation>
        </message>
        <message>
            <source>No grant</source>
            <translation>Unberechtigt</translation>
        </message>
        <message>
            <source>No image</source>
            <translation>Kein Image</translation>
        </message>
        <message>
            <source>No login</source>
            <translation>Kein Zugang</translation>
        </message>
        <message>
            <source>No own signature</source>
            <translation>Ohne eigene Signatur</translation>
        </message>
        <message>
            <source>No power</source>
            <translation>Kein Strom</translation>
        </message>
        <message>
            <source>No profile</source>
            <translation>Kein Profil</translation>
        </message>
        <message>
            <source>No records yet</source>
            <translation>Noch keine Einträge</translation>
        </message>
        <message>
            <source>No release</source>
            <translation>Kein Release</translation>
        </message>
        <message>
            <source>No serial</source>
            <translation>Ohne Nummer</translation>
        </message>
        <message>
            <source>No serial port found. Plug the adapter in, then look again.</source>
            <translation>Kein serieller Port gefunden. Stecken Sie den Adapter ein, dann suchen Sie noch einmal.</translation>
        </message>
        <message>
            <source>No time needed</source>
            <translation>Keine Zeit nötig</translation>
        </message>
        <message>
            <source>No trust</source>
            <translation>Kein Vertrauen</translation>
        </message>
        <message>
            <source>No way back</source>
            <translation>Kein Rückweg</translation>
        </message>
        <message>
            <source>No work order names it</source>
            <translation>Kein Auftrag nennt es</translation>
        </message>
        <message>
            <source>No.</source>
            <translation>Nr.</translation>
        </message>
        <message>
            <source>Nobody asked for an update.</source>
            <translation>Niemand hat ein Update verlangt.</translation>
        </message>
        <message>
            <source>Nobody can do so here with a PIN: save a request, and have it signed on another laptop.</source>
            <translation>Niemand kann das hier mit einer PIN: speichern Sie eine Anfrage, und lassen Sie sie auf einem anderen Laptop signieren.</translation>
        </message>
        <message>
            <source>Nobody can say how long this step takes.</source>
            <translation>Niemand kann sagen, wie lange dieser Schritt dauert.</translation>
        </message>
        <message>
            <source>None</source>
            <translation>Keine</translation>
        </message>
        <message>
            <source>None on this laptop may be used.</source>
            <translation>Keines auf diesem Laptop darf benutzt werden.</translation>
        </message>
        <message>
            <source>Not all records were looked at yet</source>
            <translation>Noch sind nicht alle Einträge angesehen</translation>
        </message>
        <message>
            <source>Not applicable</source>
            <translation>Entfällt</translation>
        </message>
        <message>
            <source>Not changed</source>
            <translation>Unverändert</translation>
        </message>
        <message>
            <source>Not checked</source>
            <translation>Nicht geprüft</translation>
        </message>
        <message>
            <source>Not enough for this site: the only file that it needs is missing</source>
            <translation>Reicht nicht für diesen Standort: die einzige nötige Datei fehlt</translation>
        </message>
        <message>
            <source>Not enough for this site: {n} of {all} files missing</source>
            <translation>Reicht nicht für diesen Standort: {n} von {all} Dateien fehlen</translation>
        </message>
        <message>
            <source>Not found</source>
            <translation>Vermisst</translation>
        </message>
        <message>
            <source>Not here</source>
            <translation>Nicht hier</translation>
        </message>
        <message>
            <source>Not known</source>
            <translation>Unbekannt</translation>
        </message>
        <message>
            <source>Not known yet</source>
            <translation>Noch nicht bekannt</translation>
        </message>
        <message>
            <source>Not needed</source>
            <translation>Nicht nötig</translation>
        </message>
        <message>
            <source>Not now</source>
            <translation>Nicht jetzt</translation>
        </message>
        <message>
            <source>Not on this laptop</source>
            <translation>Nicht auf diesem Laptop</translation>
        </message>
        <message>
            <source>Not ordered</source>
            <translation>Ohne Auftrag</translation>
        </message>
        <message>
            <source>Not read yet</source>
            <translation>Noch nicht gelesen</translation>
        </message>
        <message>
            <source>Not selected</source>
            <translation>Nicht gewählt</translation>
        </message>
        <message>
            <source>Not signed</source>
            <translation>Nicht signiert</translation>
        </message>
        <message>
            <source>Not touched</source>
            <translation>Nicht berührt</translation>
        </message>
        <message>
            <source>Not used</source>
            <translation>Nicht benutzt</translation>
        </message>
        <message>
            <source>Not yet</source>
            <translation>Noch nicht</translation>
        </message>
        <message>
            <source>Note</source>
            <translation>Hinweis</translation>
        </message>
        <message>
            <source>Note the state before</source>
            <translation>Zustand vorher festhalten</translation>
        </message>
        <message>
            <source>Nothing else: neither unplug it nor switch it off otherwise</source>
            <translation>Sonst nichts: weder ausstecken noch anders ausschalten</translation>
        </message>
        <message>
            <source>Nothing is being written to any charger.</source>
            <translation>Auf keine Ladestation wird geschrieben.</translation>
        </message>
        <message>
            <source>Nothing is being written to this charger</source>
            <translation>Auf diese Ladestation wird nichts geschrieben</translation>
        </message>
        <message>
            <source>Nothing is installed without a work order and a grant that the operator signed.</source>
            <translation>Ohne Auftrag und Berechtigung, die der Betreiber signiert hat, wird nichts installiert.</translation>
        </message>
        <message>
            <source>Nothing is written in this step.</source>
            <translation>In diesem Schritt wird nichts geschrieben.</translation>
        </message>
        <message>
            <source>Nothing is written to it</source>
            <translation>Auf sie wird nichts geschrieben</translation>
        </message>
        <message>
            <source>Nothing to clean up</source>
            <translation>Nichts aufzuräumen</translation>
        </message>
        <message>
            <source>Nothing to do</source>
            <translation>Nichts zu tun</translation>
        </message>
        <message>
            <source>Nothing to send</source>
            <translation>Nichts zu senden</translation>
        </message>
        <message>
            <source>Nothing to start</source>
            <translation>Nichts zu beginnen</translation>
        </message>
        <message>
            <source>Nothing to wait for</source>
            <translation>Nichts abzuwarten</translation>
        </message>
        <message>
            <source>Nothing was changed on the charger</source>
            <translation>An der Ladestation wurde nichts verändert</translation>
        </message>
        <message>
            <source>Nothing was changed yet</source>
            <translation>Noch wurde nichts verändert</translation>
        </message>
        <message>
            <source>Nothing would be written</source>
            <translation>Nichts würde geschrieben</translation>
        </message>
        <message>
            <source>Nothing would be written to any charger.</source>
            <translation>Auf keine Ladestation würde etwas geschrieben.</translation>
        </message>
        <message>
            <source>Now {time}</source>
            <translation>Jetzt {time}</translation>
        </message>
        <message>
            <source>Of {all} the site needs {needed}, {pinned} are pinned, {spare} are not needed.</source>
            <translation>Von {all} braucht der Standort {needed}, {pinned} sind behalten, {spare} sind nicht nötig.</translation>
        </message>
        <message>
            <source>Off</source>
            <translation>Aus</translation>
        </message>
        <message>
            <source>Off and on, one instruction</source>
            <translation>Aus und an, eine Anweisung</translation>
        </message>
        <message>
            <source>Offline</source>
            <translation>Offline</translation>
        </message>
        <message>
            <source>Offline, working from cache</source>
            <translation>Offline, arbeitet aus dem Cache</translation>
        </message>
        <message>
            <source>Older</source>
            <translation>Älter</translation>
        </message>
        <message>
            <source>On</source>
            <translation>An</translation>
        </message>
        <message>
            <source>On mains</source>
            <translation>Am Netz</translation>
        </message>
        <message>
            <source>On this laptop</source>
            <translation>Auf diesem Laptop</translation>
        </message>
        <message>
            <source>On this laptop only</source>
            <translation>Nur auf diesem Laptop</translation>
        </message>
        <message>
            <source>One charger may not start by itself: keep it powered and connected.</source>
            <translation>Eine Ladestation startet vielleicht nicht von selbst: Strom und Verbindung lassen.</translation>
        </message>
        <message>
            <source>Online</source>
            <translation>Online</translation>
        </message>
        <message>
            <source>Only on this laptop: no central system is set. By USB, or set one.</source>
            <translation>Nur auf diesem Laptop: kein Zentralsystem eingestellt. Per USB, oder stellen Sie eines ein.</translation>
        </message>
        <message>
            <source>Only when no car is charging</source>
            <translation>Nur, wenn kein Auto lädt</translation>
        </message>
        <message>
            <source>Open it to see its steps.</source>
            <translation>Öffnen Sie sie, um ihre Schritte zu sehen.</translation>
        </message>
        <message>
            <source>Open the details of the charger</source>
            <translation>Die Details der Ladestation öffnen</translation>
        </message>
        <message>
            <source>Order and timing</source>
            <translation>Reihenfolge und Zeitpunkt</translation>
        </message>
        <message>
            <source>Order ended</source>
            <translation>Auftrag vorbei</translation>
        </message>
        <message>
            <source>Other charger</source>
            <translation>Andere Station</translation>
        </message>
        <message>
            <source>Other model</source>
            <translation>Anderes Modell</translation>
        </message>
        <message>
            <source>Other update</source>
            <translation>Anderes Update</translation>
        </message>
        <message>
            <source>Overridden</source>
            <translation>Übergangen</translation>
        </message>
        <message>
            <source>Overtaken</source>
            <translation>Überholt</translation>
        </message>
        <message>
            <source>PIN refused</source>
            <translation>PIN abgelehnt</translation>
        </message>
        <message>
            <source>Page {n} of {all}</source>
            <translation>Seite {n} von {all}</translation>
        </message>
        <message>
            <source>Part</source>
            <translation>Teil</translation>
        </message>
        <message>
            <source>Pass</source>
            <translation>Bestanden</translation>
        </message>
        <message>
            <source>Passed</source>
            <translation>Bestanden</translation>
        </message>
        <message>
            <source>Password</source>
            <translation>Passwort</translation>
        </message>
        <message>
            <source>Password or private key of a charger. It goes into this system's key store.</source>
            <translation>Passwort oder privater Schlüssel einer Ladestation. Er kommt in den Schlüsselspeicher dieses Systems.</translation>
        </message>
        <message>
            <source>Payment terminal</source>
            <translation>Bezahlterminal</translation>
        </message>
        <message>
            <source>Pending</source>
            <translation>Offen</translation>
        </message>
        <message>
            <source>Person answered</source>
            <translation>Person hat geantwortet</translation>
        </message>
        <message>
            <source>Person asked</source>
            <translation>Person gefragt</translation>
        </message>
        <message>
            <source>Pin</source>
            <translation>Festlegen</translation>
        </message>
        <message>
            <source>Pinned</source>
            <translation>Behalten</translation>
        </message>
        <message>
            <source>Plan</source>
            <translation>Plan</translation>
        </message>
        <message>
            <source>Planned</source>
            <translation>Geplant</translation>
        </message>
        <message>
            <source>Port in use</source>
            <translation>Port belegt</translation>
        </message>
        <message>
            <source>Port, model, serial number</source>
            <translation>Port, Modell, Seriennummer</translation>
        </message>
        <message>
            <source>Power</source>
            <translation>Strom</translation>
        </message>
        <message>
            <source>Power module</source>
            <translation>Leistungsmodul</translation>
        </message>
        <message>
            <source>Power of the charger</source>
            <translation>Strom der Ladestation</translation>
        </message>
        <message>
            <source>Pre-checks</source>
            <translation>Vorprüfungen</translation>
        </message>
        <message>
            <source>Previous</source>
            <translation>Vorgänger</translation>
        </message>
        <message>
            <source>Private key</source>
            <translation>Privater Schlüssel</translation>
        </message>
        <message>
            <source>Problem</source>
            <translation>Problem</translation>
        </message>
        <message>
            <source>Protocol: {title}. What nobody knows is “not checked”, never a pass.</source>
            <translation>Prüfplan: {title}. Was niemand weiß, ist „nicht geprüft“, nie bestanden.</translation>
        </message>
        <message>
            <source>Queued</source>
            <translation>In der Reihe</translation>
        </message>
        <message>
            <source>Read back</source>
            <translation>Zurücklesen</translation>
        </message>
        <message>
            <source>Read it back</source>
            <translation>Zurücklesen</translation>
        </message>
        <message>
            <source>Reading who it is</source>
            <translation>Liest, wer sie ist</translation>
        </message>
        <message>
            <source>Reading…</source>
            <translation>Liest…</translation>
        </message>
        <message>
            <source>Ready</source>
            <translation>Bereit</translation>
        </message>
        <message>
            <source>Receipted</source>
            <translation>Quittiert</translation>
        </message>
        <message>
            <source>Records go to the central system.</source>
            <translation>Die Einträge gehen an das Zentralsystem.</translation>
        </message>
        <message>
            <source>Recovered</source>
            <translation>Wiederhergestellt</translation>
        </message>
        <message>
            <source>Recovery</source>
            <translation>Wiederherstellung</translation>
        </message>
        <message>
            <source>Recovery overtaken</source>
            <translation>Wiederherstellung überholt</translation>
        </message>
        <message>
            <source>Recovery refused</source>
            <translation>Wiederherstellung abgelehnt</translation>
        </message>
        <message>
            <source>Recovery: looked at</source>
            <translation>Wiederherstellung: angesehen</translation>
        </message>
        <message>
            <source>Refused</source>
            <translation>Abgelehnt</translation>
        </message>
        <message>
            <source>Refused or failed</source>
            <translation>Abgelehnt, fehlgeschlagen</translation>
        </message>
        <message>
            <source>Refused: nothing was written to {name}</source>
            <translation>Abgelehnt: auf {name} wurde nichts geschrieben</translation>
        </message>
        <message>
            <source>Release</source>
            <translation>Release</translation>
        </message>
        <message>
            <source>Reports</source>
            <translation>Berichte</translation>
        </message>
        <message>
            <source>Reserved</source>
            <translation>Reserviert</translation>
        </message>
        <message>
            <source>Restart</source>
            <translation>Neustart</translation>
        </message>
        <message>
            <source>Restart and health check</source>
            <translation>Neustart und Funktionsprüfung</translation>
        </message>
        <message>
            <source>Restart charger</source>
            <translation>Ladestation neu starten</translation>
        </message>
        <message>
            <source>Restarts</source>
            <translation>Neustarts</translation>
        </message>
        <message>
            <source>Result</source>
            <translation>Ergebnis</translation>
        </message>
        <message>
            <source>Return to old firmware</source>
            <translation>Zurück zur alten Firmware</translation>
        </message>
        <message>
            <source>Roll back</source>
            <translation>Zurück</translation>
        </message>
        <message>
            <source>Rollback</source>
            <translation>Rückweg</translation>
        </message>
        <message>
            <source>Rollback: {word}. {why} · {time}</source>
            <translation>Rückweg: {word}. {why} · {time}</translation>
        </message>
        <message>
            <source>Rolled back</source>
            <translation>Zurückgekehrt</translation>
        </message>
        <message>
            <source>Rolled back, charger works</source>
            <translation>Zurückgekehrt, Ladestation läuft</translation>
        </message>
        <message>
            <source>Root of trust</source>
            <translation>Vertrauensanker</translation>
        </message>
        <message>
            <source>Root of trust accepted</source>
            <translation>Vertrauensanker angenommen</translation>
        </message>
        <message>
            <source>Root {short}… accepted: {threshold} of {keys} keys sign, valid until {day}</source>
            <translation>Vertrauensanker {short}… angenommen: {threshold} von {keys} Schlüsseln signieren, gültig bis {day}</translation>
        </message>
        <message>
            <source>Run</source>
            <translation>Lauf</translation>
        </message>
        <message>
            <source>Run begun</source>
            <translation>Lauf begonnen</translation>
        </message>
        <message>
            <source>Run ended</source>
            <translation>Lauf beendet</translation>
        </message>
        <message>
            <source>Run is open</source>
            <translation>Lauf offen</translation>
        </message>
        <message>
            <source>Run stopped</source>
            <translation>Lauf angehalten</translation>
        </message>
        <message>
            <source>Run waits</source>
            <translation>Lauf wartet</translation>
        </message>
        <message>
            <source>Runs {version} again. Safe to unplug</source>
            <translation>Läuft wieder mit {version}. Ausstecken erlaubt</translation>
        </message>
        <message>
            <source>Runs {version}, checked {time}</source>
            <translation>Läuft mit {version}, geprüft {time}</translation>
        </message>
        <message>
            <source>SHA-256 fingerprint</source>
            <translation>SHA-256-Fingerabdruck</translation>
        </message>
        <message>
            <source>SHA256:…</source>
            <translation>SHA256:…</translation>
        </message>
        <message>
            <source>Safe here. Sent by themselves when online, or by USB.</source>
            <translation>Hier sicher. Gehen von selbst hinaus, wenn online, oder per USB.</translation>
        </message>
        <message>
            <source>Safe to start</source>
            <translation>Sicher zu beginnen</translation>
        </message>
        <message>
            <source>Safe to unplug</source>
            <translation>Ausstecken erlaubt</translation>
        </message>
        <message>
            <source>Scan again</source>
            <translation>Noch einmal suchen</translation>
        </message>
        <message>
            <source>Second person agreed</source>
            <translation>Zweite Person hat zugestimmt</translation>
        </message>
        <message>
            <source>Seconds a charger must stay healthy</source>
            <translation>Sekunden, die eine Ladestation gesund bleiben muss</translation>
        </message>
        <message>
            <source>Select all that can be updated</source>
            <translation>Alle wählen, die aktualisiert werden können</translation>
        </message>
        <message>
            <source>Select the charger for an update</source>
            <translation>Die Ladestation für ein Update wählen</translation>
        </message>
        <message>
            <source>Serial</source>
            <translation>Seriell</translation>
        </message>
        <message>
            <source>Serial no.</source>
            <translation>Seriennr.</translation>
        </message>
        <message>
            <source>Serial number</source>
            <translation>Seriennummer</translation>
        </message>
        <message>
            <source>Settings</source>
            <translation>Einstellungen</translation>
        </message>
        <message>
            <source>Show</source>
            <translation>Zeigen</translation>
        </message>
        <message>
            <source>Signed</source>
            <translation>Signiert</translation>
        </message>
        <message>
            <source>Signed and in the cache; read again before it is used.</source>
            <translation>Signiert und im Cache; wird vor dem Benutzen noch einmal gelesen.</translation>
        </message>
        <message>
            <source>Signed on this laptop, sent when online</source>
            <translation>Auf diesem Laptop signiert, gesendet, wenn online</translation>
        </message>
        <message>
            <source>Signed, in the cache, and read just now or a while ago.</source>
            <translation>Signiert, im Cache, und gerade eben oder vor einer Weile gelesen.</translation>
        </message>
        <message>
            <source>Signed, in the cache, read and checked {ago}</source>
            <translation>Signiert, im Cache, gelesen und geprüft {ago}</translation>
        </message>
        <message>
            <source>Signed, not receipted yet</source>
            <translation>Signiert, noch nicht quittiert</translation>
        </message>
        <message>
            <source>Signed, receipted</source>
            <translation>Signiert, quittiert</translation>
        </message>
        <message>
            <source>Signers</source>
            <translation>Signaturen</translation>
        </message>
        <message>
            <source>Silent</source>
            <translation>Stumm</translation>
        </message>
        <message>
            <source>Site file</source>
            <translation>Standortdatei</translation>
        </message>
        <message>
            <source>Site file imported</source>
            <translation>Standortdatei importiert</translation>
        </message>
        <message>
            <source>Size</source>
            <translation>Größe</translation>
        </message>
        <message>
            <source>Sleep</source>
            <translation>Ruhezustand</translation>
        </message>
        <message>
            <source>Slot</source>
            <translation>Slot</translation>
        </message>
        <message>
            <source>Soak</source>
            <translation>Beobachtung</translation>
        </message>
        <message>
            <source>Somebody else installs</source>
            <translation>Jemand anders installiert</translation>
        </message>
        <message>
            <source>Stage {n} of {all} · {what}</source>
            <translation>Stufe {n} von {all} · {what}</translation>
        </message>
        <message>
            <source>Stage {n} of {all}, {what}, at “{phase}”.</source>
            <translation>Stufe {n} von {all}, {what}, bei „{phase}“.</translation>
        </message>
        <message>
            <source>Stages of one charger follow one another. If one fails, those before it are taken back.</source>
            <translation>Stufen einer Ladestation folgen aufeinander. Scheitert eine, werden die davor zurückgenommen.</translation>
        </message>
        <message>
            <source>Stand-alone</source>
            <translation>Eigenständig</translation>
        </message>
        <message>
            <source>Start listening</source>
            <translation>Zuhören</translation>
        </message>
        <message>
            <source>Start the bootloader</source>
            <translation>Bootloader starten</translation>
        </message>
        <message>
            <source>Starting…</source>
            <translation>Beginnt…</translation>
        </message>
        <message>
            <source>State</source>
            <translation>Zustand</translation>
        </message>
        <message>
            <source>Stay off for the whole five seconds; capacitors keep it alive.</source>
            <translation>Lassen Sie die vollen fünf Sekunden aus; Kondensatoren halten sie am Leben.</translation>
        </message>
        <message>
            <source>Stay on this screen until it has started.</source>
            <translation>Bleiben Sie auf dieser Seite, bis sie gestartet ist.</translation>
        </message>
        <message>
            <source>Step</source>
            <translation>Schritt</translation>
        </message>
        <message>
            <source>Step failed</source>
            <translation>Schritt fehlgeschlagen</translation>
        </message>
        <message>
            <source>Step first</source>
            <translation>Zwischenschritt</translation>
        </message>
        <message>
            <source>Step of a run</source>
            <translation>Schritt eines Laufs</translation>
        </message>
        <message>
            <source>Stopped</source>
            <translation>Angehalten</translation>
        </message>
        <message>
            <source>Stopped: nothing was written to {name}</source>
            <translation>Angehalten: auf {name} wurde nichts geschrieben</translation>
        </message>
        <message>
            <source>Store</source>
            <translation>Speichern</translation>
        </message>
        <message>
            <source>Store another login</source>
            <translation>Anderen Zugang speichern</translation>
        </message>
        <message>
            <source>Store the login</source>
            <translation>Zugang speichern</translation>
        </message>
        <message>
            <source>Stuck</source>
            <translation>Hängt</translation>
        </message>
        <message>
            <source>Sunlight</source>
            <translation>Sonne</translation>
        </message>
        <message>
            <source>Support</source>
            <translation>Support</translation>
        </message>
        <message>
            <source>Swap send and receive: they cross between adapter and charger.</source>
            <translation>Tauschen Sie Senden und Empfangen: sie kreuzen sich zwischen Adapter und Ladestation.</translation>
        </message>
        <message>
            <source>Sync, import a bundle, or add the file.</source>
            <translation>Synchronisieren Sie, importieren Sie ein Paket, oder fügen Sie die Datei hinzu.</translation>
        </message>
        <message>
            <source>Syncing…</source>
            <translation>Synchronisiert…</translation>
        </message>
        <message>
            <source>System</source>
            <translation>System</translation>
        </message>
        <message>
            <source>Taken back: {names}</source>
            <translation>Zurückgenommen: {names}</translation>
        </message>
        <message>
            <source>Text size</source>
            <translation>Schriftgröße</translation>
        </message>
        <message>
            <source>The central system's receipt stands behind it.</source>
            <translation>Die Quittung des Zentralsystems steht dahinter.</translation>
        </message>
        <message>
            <source>The charger is not written yet</source>
            <translation>Die Ladestation ist noch nicht beschrieben</translation>
        </message>
        <message>
            <source>The charger may not start by itself</source>
            <translation>Die Ladestation startet vielleicht nicht von selbst</translation>
        </message>
        <message>
            <source>The charger runs its firmware again</source>
            <translation>Die Ladestation läuft wieder mit ihrer Firmware</translation>
        </message>
        <message>
            <source>The charger stays in service, nothing is changed</source>
            <translation>Die Ladestation bleibt in Betrieb, nichts wird verändert</translation>
        </message>
        <message>
            <source>The charger was not written</source>
            <translation>Die Ladestation wurde nicht beschrieben</translation>
        </message>
        <message>
            <source>The fingerprint on the charger's label. Type it; it is recorded in the audit log.</source>
            <translation>Der Fingerabdruck auf dem Typenschild der Ladestation. Tippen Sie ihn ein; er wird im Protokoll festgehalten.</translation>
        </message>
        <message>
            <source>The first thing that is done begins the log.</source>
            <translation>Was zuerst getan wird, beginnt das Protokoll.</translation>
        </message>
        <message>
            <source>The image is being written.</source>
            <translation>Das Image wird geschrieben.</translation>
        </message>
        <message>
            <source>The image is on its way</source>
            <translation>Das Image ist unterwegs</translation>
        </message>
        <message>
            <source>The image must fit it</source>
            <translation>Das Image muss passen</translation>
        </message>
        <message>
            <source>The laptop runs on its battery, {n} %</source>
            <translation>Der Laptop läuft auf Akku, {n} %</translation>
        </message>
        <message>
            <source>The laptop's key and the central system's receipt stand behind it.</source>
            <translation>Der Schlüssel des Laptops und die Quittung des Zentralsystems stehen dahinter.</translation>
        </message>
        <message>
            <source>The laptop's key stands behind it.</source>
            <translation>Der Schlüssel des Laptops steht dahinter.</translation>
        </message>
        <message>
            <source>The newest release of every charger in the site file. No network is needed for the updates.</source>
            <translation>Das neueste Release für jede Ladestation der Standortdatei. Für die Updates ist kein Netz nötig.</translation>
        </message>
        <message>
            <source>The newest release of every charger that was found. No network is needed for the updates.</source>
            <translation>Das neueste Release für jede gefundene Ladestation. Für die Updates ist kein Netz nötig.</translation>
        </message>
        <message>
            <source>The port on this laptop</source>
            <translation>Der Port an diesem Laptop</translation>
        </message>
        <message>
            <source>The release does not say</source>
            <translation>Das Release sagt es nicht</translation>
        </message>
        <message>
            <source>The vendor's root.json, and its fingerprint as they gave it to you on another way.</source>
            <translation>Die root.json des Herstellers, und ihr Fingerabdruck, wie Sie ihn auf anderem Weg bekommen haben.</translation>
        </message>
        <message>
            <source>Theme</source>
            <translation>Farbschema</translation>
        </message>
        <message>
            <source>This list</source>
            <translation>Diese Liste</translation>
        </message>
        <message>
            <source>This visit: {n} runs</source>
            <translation>Dieser Besuch: {n} Läufe</translation>
        </message>
        <message>
            <source>Time</source>
            <translation>Zeit</translation>
        </message>
        <message>
            <source>Time not known</source>
            <translation>Zeit unbekannt</translation>
        </message>
        <message>
            <source>Time, clock</source>
            <translation>Zeit, Uhr</translation>
        </message>
        <message>
            <source>Timing</source>
            <translation>Zeitpunkt</translation>
        </message>
        <message>
            <source>To version</source>
            <translation>Auf Version</translation>
        </message>
        <message>
            <source>Too old</source>
            <translation>Zu alt</translation>
        </message>
        <message>
            <source>Transfer</source>
            <translation>Übertragen</translation>
        </message>
        <message>
            <source>Transfer and check</source>
            <translation>Übertragen und prüfen</translation>
        </message>
        <message>
            <source>Transfer firmware</source>
            <translation>Firmware übertragen</translation>
        </message>
        <message>
            <source>Trusted</source>
            <translation>Vertraut</translation>
        </message>
        <message>
            <source>Try another cable. Many USB cables only charge.</source>
            <translation>Versuchen Sie ein anderes Kabel. Viele USB-Kabel laden nur.</translation>
        </message>
        <message>
            <source>Two people</source>
            <translation>Zwei Personen</translation>
        </message>
        <message>
            <source>Type the fingerprint</source>
            <translation>Fingerabdruck eintippen</translation>
        </message>
        <message>
            <source>USB</source>
            <translation>USB</translation>
        </message>
        <message>
            <source>Unknown key</source>
            <translation>Schlüssel fremd</translation>
        </message>
        <message>
            <source>Unplug the adapter: the port that goes away is the right one.</source>
            <translation>Ziehen Sie den Adapter ab: der Port, der verschwindet, ist der richtige.</translation>
        </message>
        <message>
            <source>Up to date</source>
            <translation>Aktuell</translation>
        </message>
        <message>
            <source>Update</source>
            <translation>Update</translation>
        </message>
        <message>
            <source>Update refused</source>
            <translation>Update abgelehnt</translation>
        </message>
        <message>
            <source>Updated</source>
            <translation>Aktualisiert</translation>
        </message>
        <message>
            <source>Updated {time}</source>
            <translation>Fertig {time}</translation>
        </message>
        <message>
            <source>Updates go on meanwhile.</source>
            <translation>Updates gehen unterdessen weiter.</translation>
        </message>
        <message>
            <source>Updating</source>
            <translation>In Arbeit</translation>
        </message>
        <message>
            <source>Updating now</source>
            <translation>Update läuft</translation>
        </message>
        <message>
            <source>Used up</source>
            <translation>Aufgebraucht</translation>
        </message>
        <message>
            <source>Valid to</source>
            <translation>Gültig bis</translation>
        </message>
        <message>
            <source>Verdict</source>
            <translation>Entscheidung</translation>
        </message>
        <message>
            <source>Verdict, rollback, time</source>
            <translation>Entscheidung</translation>
        </message>
        <message>
            <source>Verify</source>
            <translation>Prüfen</translation>
        </message>
        <message>
            <source>Version</source>
            <translation>Version</translation>
        </message>
        <message>
            <source>Wait for the end of the session</source>
            <translation>Warten Sie das Ende des Ladevorgangs ab</translation>
        </message>
        <message>
            <source>Waiting</source>
            <translation>Wartet</translation>
        </message>
        <message>
            <source>Waits for it</source>
            <translation>Wartet darauf</translation>
        </message>
        <message>
            <source>Waits for the charger</source>
            <translation>Wartet auf die Ladestation</translation>
        </message>
        <message>
            <source>Waived</source>
            <translation>Erlassen</translation>
        </message>
        <message>
            <source>What</source>
            <translation>Was</translation>
        </message>
        <message>
            <source>What was done stands in the audit log.</source>
            <translation>Was getan wurde, steht im Protokoll.</translation>
        </message>
        <message>
            <source>Whatever a vendor signed may be installed: no operator says what, where and by whom.</source>
            <translation>Was ein Hersteller signiert hat, darf installiert werden: kein Betreiber sagt, was, wo und durch wen.</translation>
        </message>
        <message>
            <source>Where the maker names a button: hold it before you switch on, and long enough.</source>
            <translation>Wo der Hersteller einen Taster nennt: vor dem Einschalten drücken, und lange genug.</translation>
        </message>
        <message>
            <source>Where to look for chargers</source>
            <translation>Wo nach Ladestationen gesucht wird</translation>
        </message>
        <message>
            <source>Why</source>
            <translation>Warum</translation>
        </message>
        <message>
            <source>Why this one</source>
            <translation>Warum dieses</translation>
        </message>
        <message>
            <source>With -1 it waits at its prompt: the log shows it, and nothing is to be done.</source>
            <translation>Mit -1 wartet er an seiner Eingabe: das Log zeigt es, und es ist nichts zu tun.</translation>
        </message>
        <message>
            <source>With -2 it is closed: only its maker's boot pins or recovery medium help.</source>
            <translation>Mit -2 ist er verschlossen: nur Boot-Pins oder Wiederherstellungsmedium des Herstellers helfen.</translation>
        </message>
        <message>
            <source>With a note</source>
            <translation>Mit Hinweis</translation>
        </message>
        <message>
            <source>Without power on the controller only an electrician can go on.</source>
            <translation>Ohne Strom an der Steuerung kann nur eine Elektrofachkraft weitermachen.</translation>
        </message>
        <message>
            <source>Work order taken up</source>
            <translation>Auftrag übernommen</translation>
        </message>
        <message>
            <source>Works on {version}</source>
            <translation>Läuft mit {version}</translation>
        </message>
        <message>
            <source>Write</source>
            <translation>Schreiben</translation>
        </message>
        <message>
            <source>Write image</source>
            <translation>Image schreiben</translation>
        </message>
        <message>
            <source>Write the image</source>
            <translation>Image schreiben</translation>
        </message>
        <message>
            <source>Writing firmware</source>
            <translation>Schreibt Firmware</translation>
        </message>
        <message>
            <source>Writing firmware, {left}</source>
            <translation>Schreibt Firmware, {left}</translation>
        </message>
        <message>
            <source>Wrong profile</source>
            <translation>Falsches Profil</translation>
        </message>
        <message>
            <source>You may cancel until step 4.</source>
            <translation>Bis Schritt 4 können Sie abbrechen.</translation>
        </message>
        <message>
            <source>You may take the cable off.</source>
            <translation>Sie können das Kabel abnehmen.</translation>
        </message>
        <message>
            <source>Your turn</source>
            <translation>Sie sind dran</translation>
        </message>
        <message>
            <source>Your turn: do the step below</source>
            <translation>Sie sind dran: tun Sie den Schritt unten</translation>
        </message>
        <message>
            <source>about {time} left</source>
            <translation>noch etwa {time}</translation>
        </message>
        <message>
            <source>any version</source>
            <translation>jede Version</translation>
        </message>
        <message>
            <source>bad</source>
            <translation>schlecht</translation>
        </message>
        <message>
            <source>clock behind</source>
            <translation>Uhr geht nach</translation>
        </message>
        <message>
            <source>did not work</source>
            <translation>ging nicht</translation>
        </message>
        <message>
            <source>downgrade</source>
            <translation>Rückstufung</translation>
        </message>
        <message>
            <source>empty</source>
            <translation>leer</translation>
        </message>
        <message>
            <source>end not told</source>
            <translation>Ende nicht genannt</translation>
        </message>
        <message>
            <source>ends {day}</source>
            <translation>endet {day}</translation>
        </message>
        <message>
            <source>estimated</source>
            <translation>geschätzt</translation>
        </message>
        <message>
            <source>fieldtool leaves it alone</source>
            <translation>fieldtool lässt sie in Ruhe</translation>
        </message>
        <message>
            <source>fieldtool types only into {port}</source>
            <translation>fieldtool tippt nur in {port}</translation>
        </message>
        <message>
            <source>forgotten ({pseudonym})</source>
            <translation>vergessen ({pseudonym})</translation>
        </message>
        <message>
            <source>from history</source>
            <translation>aus früheren Läufen</translation>
        </message>
        <message>
            <source>good</source>
            <translation>gut</translation>
        </message>
        <message>
            <source>in {phase}</source>
            <translation>in {phase}</translation>
        </message>
        <message>
            <source>its old firmware</source>
            <translation>ihrer alten Firmware</translation>
        </message>
        <message>
            <source>just now</source>
            <translation>gerade eben</translation>
        </message>
        <message>
            <source>metering firmware</source>
            <translation>Messfirmware</translation>
        </message>
        <message>
            <source>no</source>
            <translation>nein</translation>
        </message>
        <message>
            <source>no charger</source>
            <translation>keine Ladestation</translation>
        </message>
        <message>
            <source>no charger here</source>
            <translation>keine Ladestation hier</translation>
        </message>
        <message>
            <source>no signature of its own</source>
            <translation>keine eigene Signatur</translation>
        </message>
        <message>
            <source>none</source>
            <translation>keiner</translation>
        </message>
        <message>
            <source>not begun</source>
            <translation>nicht begonnen</translation>
        </message>
        <message>
            <source>not confirmed</source>
            <translation>nicht bestätigt</translation>
        </message>
        <message>
            <source>not known</source>
            <translation>unbekannt</translation>
        </message>
        <message>
            <source>not needed {size}</source>
            <translation>nicht nötig {size}</translation>
        </message>
        <message>
            <source>not seen</source>
            <translation>nicht gesehen</translation>
        </message>
        <message>
            <source>not set</source>
            <translation>nicht gesetzt</translation>
        </message>
        <message>
            <source>override</source>
            <translation>Übergehen</translation>
        </message>
        <message>
            <source>pinned {size}</source>
            <translation>behalten {size}</translation>
        </message>
        <message>
            <source>recovery</source>
            <translation>Wiederherstellung</translation>
        </message>
        <message>
            <source>root.json</source>
            <translation>root.json</translation>
        </message>
        <message>
            <source>runs now</source>
            <translation>läuft jetzt</translation>
        </message>
        <message>
            <source>runs on {names}</source>
            <translation>läuft auf {names}</translation>
        </message>
        <message>
            <source>saved</source>
            <translation>gespeichert</translation>
        </message>
        <message>
            <source>site.json</source>
            <translation>site.json</translation>
        </message>
        <message>
            <source>starts next</source>
            <translation>startet als Nächstes</translation>
        </message>
        <message>
            <source>stops after it</source>
            <translation>hält danach an</translation>
        </message>
        <message>
            <source>support not told</source>
            <translation>Support nicht genannt</translation>
        </message>
        <message>
            <source>support to {day}</source>
            <translation>Support bis {day}</translation>
        </message>
        <message>
            <source>this site {size}</source>
            <translation>dieser Standort {size}</translation>
        </message>
        <message>
            <source>to 1 charger</source>
            <translation>an 1 Ladestation</translation>
        </message>
        <message>
            <source>to {n} chargers</source>
            <translation>an {n} Ladestationen</translation>
        </message>
        <message>
            <source>took {time}</source>
            <translation>dauerte {time}</translation>
        </message>
        <message>
            <source>trusted</source>
            <translation>vertraut</translation>
        </message>
        <message>
            <source>update</source>
            <translation>Update</translation>
        </message>
        <message>
            <source>waits for you</source>
            <translation>wartet auf Sie</translation>
        </message>
        <message>
            <source>working…</source>
            <translation>arbeitet…</translation>
        </message>
        <message>
            <source>yes</source>
            <translation>ja</translation>
        </message>
        <message>
            <source>{a} stay as they are · {b} blocked</source>
            <translation>{a} bleiben, wie sie sind · {b} gesperrt</translation>
        </message>
        <message>
            <source>{a} to {b}</source>
            <translation>{a} bis {b}</translation>
        </message>
        <message>
            <source>{a}–{b} min</source>
            <translation>{a}–{b} min</translation>
        </message>
        <message>
            <source>{a}–{b} s</source>
            <translation>{a}–{b} s</translation>
        </message>
        <message>
            <source>{component} {version}</source>
            <translation>{component} {version}</translation>
        </message>
        <message>
            <source>{epoch}, chargers here are at {most}</source>
            <translation>{epoch}, Ladestationen hier haben {most}</translation>
        </message>
        <message>
            <source>{file} holds: not one byte was altered</source>
            <translation>{file} hält: kein einziges Byte wurde verändert</translation>
        </message>
        <message>
            <source>{file} is written and was read back: {n} files, {size}.</source>
            <translation>{file} ist geschrieben und zurückgelesen: {n} Dateien, {size}.</translation>
        </message>
        <message>
            <source>{fit}. Not {others}</source>
            <translation>{fit}. Nicht {others}</translation>
        </message>
        <message>
            <source>{format}, not read yet</source>
            <translation>{format}, noch nicht gelesen</translation>
        </message>
        <message>
            <source>{format}, refused</source>
            <translation>{format}, abgelehnt</translation>
        </message>
        <message>
            <source>{format}, {signer}</source>
            <translation>{format}, {signer}</translation>
        </message>
        <message>
            <source>{h} h {m:02d}</source>
            <translation>{h} h {m:02d}</translation>
        </message>
        <message>
            <source>{id}, {n} runs, {m} of {all} records receipted.</source>
            <translation>{id}, {n} Läufe, {m} von {all} Einträgen quittiert.</translation>
        </message>
        <message>
            <source>{kind} valid</source>
            <translation>{kind} gültig</translation>
        </message>
        <message>
            <source>{left} of {whole} left</source>
            <translation>noch {left} von {whole}</translation>
        </message>
        <message>
            <source>{model} · hardware {hardware}</source>
            <translation>{model} · Hardware {hardware}</translation>
        </message>
        <message>
            <source>{model} · {hardware}</source>
            <translation>{model} · {hardware}</translation>
        </message>
        <message>
            <source>{model}, hardware {hardware}</source>
            <translation>{model}, Hardware {hardware}</translation>
        </message>
        <message>
            <source>{n:.1f} GB</source>
            <translation>{n:.1f} GB</translation>
        </message>
        <message>
            <source>{n:.1f} MB</source>
            <translation>{n:.1f} MB</translation>
        </message>
        <message>
            <source>{names} +{n}</source>
            <translation>{names} +{n}</translation>
        </message>
        <message>
            <source>{name} cannot be selected</source>
            <translation>{name} kann nicht gewählt werden</translation>
        </message>
        <message>
            <source>{name} does not answer</source>
            <translation>{name} antwortet nicht</translation>
        </message>
        <message>
            <source>{name} is recovered: it runs {version}</source>
            <translation>{name} ist wiederhergestellt: läuft mit {version}</translation>
        </message>
        <message>
            <source>{name} is the file that the catalogue names: it is in the cache now.</source>
            <translation>{name} ist die Datei, die der Katalog nennt: sie ist jetzt im Cache.</translation>
        </message>
        <message>
            <source>{name} needs more than this laptop can do</source>
            <translation>{name} braucht mehr, als dieser Laptop kann</translation>
        </message>
        <message>
            <source>{name} needs recovery</source>
            <translation>{name} braucht Wiederherstellung</translation>
        </message>
        <message>
            <source>{name} rolled back, works</source>
            <translation>{name} zurückgekehrt, läuft</translation>
        </message>
        <message>
            <source>{name} was not changed</source>
            <translation>{name} wurde nicht verändert</translation>
        </message>
        <message>
            <source>{name} was refused</source>
            <translation>{name} wurde abgelehnt</translation>
        </message>
        <message>
            <source>{name} · free, as far as can be seen</source>
            <translation>{name} · frei, soweit zu sehen ist</translation>
        </message>
        <message>
            <source>{name}, not selected</source>
            <translation>{name}, nicht gewählt</translation>
        </message>
        <message>
            <source>{name}, selected</source>
            <translation>{name}, gewählt</translation>
        </message>
        <message>
            <source>{name}: the health check fails</source>
            <translation>{name}: die Funktionsprüfung fällt durch</translation>
        </message>
        <message>
            <source>{name}: your turn</source>
            <translation>{name}: Sie sind dran</translation>
        </message>
        <message>
            <source>{name}: {n} chargers expected</source>
            <translation>{name}: {n} Ladestationen erwartet</translation>
        </message>
        <message>
            <source>{now}, can become {new}</source>
            <translation>{now}, kann {new} werden</translation>
        </message>
        <message>
            <source>{n} %</source>
            <translation>{n} %</translation>
        </message>
        <message>
            <source>{n} KB</source>
            <translation>{n} KB</translation>
        </message>
        <message>
            <source>{n} audit records to sync</source>
            <translation>{n} Einträge des Protokolls offen</translation>
        </message>
        <message>
            <source>{n} checks fail</source>
            <translation>{n} Mängel</translation>
        </message>
        <message>
            <source>{n} days ago</source>
            <translation>vor {n} Tagen</translation>
        </message>
        <message>
            <source>{n} days left</source>
            <translation>Noch {n} Tage</translation>
        </message>
        <message>
            <source>{n} fail</source>
            <translation>{n} nicht bestanden</translation>
        </message>
        <message>
            <source>{n} files could not go along, they are not here.</source>
            <translation>{n} Dateien konnten nicht mit, sie sind nicht hier.</translation>
        </message>
        <message>
            <source>{n} h ago</source>
            <translation>vor {n} h</translation>
        </message>
        <message>
            <source>{n} min</source>
            <translation>{n} min</translation>
        </message>
        <message>
            <source>{n} min ago</source>
            <translation>vor {n} min</translation>
        </message>
        <message>
            <source>{n} needs recovery</source>
            <translation>{n} wiederherstellen</translation>
        </message>
        <message>
            <source>{n} not changed</source>
            <translation>{n} unverändert</translation>
        </message>
        <message>
            <source>{n} not checked</source>
            <translation>{n} nicht geprüft</translation>
        </message>
        <message>
            <source>{n} of {all}</source>
            <translation>{n} von {all}</translation>
        </message>
        <message>
            <source>{n} of {all} can return to their old firmware.</source>
            <translation>{n} von {all} können zu ihrer alten Firmware zurück.</translation>
        </message>
        <message>
            <source>{n} of {all} can roll back</source>
            <translation>{n} von {all} können zurück</translation>
        </message>
        <message>
            <source>{n} of {all} signers</source>
            <translation>{n} von {all} Signaturen</translation>
        </message>
        <message>
            <source>{n} pass</source>
            <translation>{n} bestanden</translation>
        </message>
        <message>
            <source>{n} pending, {m} receipted</source>
            <translation>{n} offen, {m} quittiert</translation>
        </message>
        <message>
            <source>{n} records to sync</source>
            <translation>{n} Einträge offen</translation>
        </message>
        <message>
            <source>{n} recovered</source>
            <translation>{n} wiederhergestellt</translation>
        </message>
        <message>
            <source>{n} refused</source>
            <translation>{n} abgelehnt</translation>
        </message>
        <message>
            <source>{n} rolled back</source>
            <translation>{n} zurückgekehrt</translation>
        </message>
        <message>
            <source>{n} s</source>
            <translation>{n} s</translation>
        </message>
        <message>
            <source>{n} s ago</source>
            <translation>vor {n} s</translation>
        </message>
        <message>
            <source>{n} stages</source>
            <translation>{n} Stufen</translation>
        </message>
        <message>
            <source>{n} stages at {time}</source>
            <translation>{n} Stufen um {time}</translation>
        </message>
        <message>
            <source>{n} steps, over {stones}</source>
            <translation>{n} Schritte, über {stones}</translation>
        </message>
        <message>
            <source>{n} to sync</source>
            <translation>{n} offen</translation>
        </message>
        <message>
            <source>{n} to update</source>
            <translation>{n} zu aktualisieren</translation>
        </message>
        <message>
            <source>{n} updated</source>
            <translation>{n} aktualisiert</translation>
        </message>
        <message>
            <source>{n} updating</source>
            <translation>{n} in Arbeit</translation>
        </message>
        <message>
            <source>{n} waiting</source>
            <translation>{n} wartend</translation>
        </message>
        <message>
            <source>{n} waived</source>
            <translation>{n} erlassen</translation>
        </message>
        <message>
            <source>{n}/{all} · {detail}</source>
            <translation>{n}/{all} · {detail}</translation>
        </message>
        <message>
            <source>{outcome}, {version}</source>
            <translation>{outcome}, {version}</translation>
        </message>
        <message>
            <source>{outcome}, {version} · {day}</source>
            <translation>{outcome}, {version} · {day}</translation>
        </message>
        <message>
            <source>{part} · {done} of {all}</source>
            <translation>{part} · {done} von {all}</translation>
        </message>
        <message>
            <source>{part}: {n} of {all}</source>
            <translation>{part}: {n} von {all}</translation>
        </message>
        <message>
            <source>{percent} of {size}</source>
            <translation>{percent} von {size}</translation>
        </message>
        <message>
            <source>{port} is not in the list of this laptop's ports.</source>
            <translation>{port} ist nicht in der Liste der Ports dieses Laptops.</translation>
        </message>
        <message>
            <source>{rules}. It is looked at again until its time is over.</source>
            <translation>{rules}. Es wird wieder nachgesehen, bis die Zeit um ist.</translation>
        </message>
        <message>
            <source>{size} free on this laptop</source>
            <translation>{size} frei auf diesem Laptop</translation>
        </message>
        <message>
            <source>{size} of disk space free</source>
            <translation>{size} Speicherplatz frei</translation>
        </message>
        <message>
            <source>{size} of disk space free. No update begins without room for its records.</source>
            <translation>{size} Speicherplatz frei. Kein Update beginnt ohne Platz für seine Einträge.</translation>
        </message>
        <message>
            <source>{size}/s</source>
            <translation>{size}/s</translation>
        </message>
        <message>
            <source>{time} · confirmed</source>
            <translation>{time} · bestätigt</translation>
        </message>
        <message>
            <source>{time} · taken back</source>
            <translation>{time} · zurückgenommen</translation>
        </message>
        <message>
            <source>{told} · {left} left of this step</source>
            <translation>{told} · noch {left} für diesen Schritt</translation>
        </message>
        <message>
            <source>{version} at {time}</source>
            <translation>{version} um {time}</translation>
        </message>
        <message>
            <source>{version} or newer</source>
            <translation>{version} oder neuer</translation>
        </message>
        <message>
            <source>{version} · {size} · {target}</source>
            <translation>{version} · {size} · {target}</translation>
        </message>
        <message>
            <source>{what} for {names}</source>
            <translation>{what} für {names}</translation>
        </message>
        <message>
            <source>{what} {version} or newer</source>
            <translation>{what} {version} oder neuer</translation>
        </message>
        <message>
            <source>{what} {who}: {why}</source>
            <translation>{what} {who}: {why}</translation>
        </message>
        <message>
            <source>{what}, and {n} more</source>
            <translation>{what}, und {n} weitere</translation>
        </message>
        <message>
            <source>{what}, at “{phase}”.</source>
            <translation>{what}, bei „{phase}“.</translation>
        </message>
        <message>
            <source>{what}. Sync, or import a bundle made on {day} or later.</source>
            <translation>{what}. Synchronisieren Sie, oder importieren Sie ein Paket vom {day} oder später.</translation>
        </message>
        <message>
            <source>{what}. Sync, or import a bundle that has it.</source>
            <translation>{what}. Synchronisieren Sie, oder importieren Sie ein Paket, in dem es ist.</translation>
        </message>
        <message>
            <source>{year:04d}-{month:02d}-{day:02d}</source>
            <translation>{day:02d}.{month:02d}.{year:04d}</translation>
        </message>
    </context>
</TS>
