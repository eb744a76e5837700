"""`syncd schema`."""

from __future__ import annotations

from typing import Final

import click

from syncd.cli.options import command

FILES: Final = ("config", "mapping", "words")


@command("schema")
@click.argument("file", type=click.Choice((*FILES, "syncd"), case_sensitive=False), default="config", metavar="[FILE]")
def schema(file: str) -> int:
    """Print the JSON Schema of a YAML file, for editors.

    FILE is `config` (the main file, the default; also called `syncd`), `mapping` or `words`. Editors with a YAML
    language server complete and check a file whose first line is `# yaml-language-server: $schema=PATH`.
    """
    from syncd.config.json_schema import SchemaFile, schema_text
    from syncd.service.assemble import ConnectionSchemas

    kind = SchemaFile.SYNCD if file == "config" else SchemaFile(file)
    click.echo(schema_text(kind, ConnectionSchemas()), nl=False)
    return 0
