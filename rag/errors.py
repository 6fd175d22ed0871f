"""Everything Dateline refuses, in one hierarchy.

DatelineError
├── InputError                    the caller can mend it
│   ├── QuestionError             question_invalid
│   ├── FilterError               filter_invalid
│   ├── CursorError               cursor_invalid
│   ├── StyleUnknown              style_unknown
│   ├── ArticleError              article_invalid
│   ├── SourceMissing             source_missing
│   ├── SourceUnsupported         source_unsupported
│   ├── SourceEncoding            source_encoding
│   ├── SourceEmpty               source_empty
│   ├── SourceTooLarge            source_too_large
│   ├── SourceUnreadable          source_unreadable
│   ├── SourceDamaged             source_damaged
│   ├── SourceEncrypted           source_encrypted
│   ├── SourceBomb                source_bomb
│   ├── SourceSlow                source_slow
│   ├── ExtraMissing              extra_missing
│   ├── MappingError              mapping_invalid
│   ├── CollectionImpossible      collection_impossible
│   ├── CollectionExists          collection_exists
│   ├── UrlForbidden              url_forbidden
│   ├── UrlUnreachable            url_unreachable
│   └── RobotsDisallowed          robots_disallowed
├── NotFound
│   ├── ArticleNotFound           article_not_found
│   ├── AnswerNotFound            answer_not_found
│   ├── ChatNotFound              chat_not_found
│   ├── CollectionNotFound        collection_not_found
│   ├── JobNotFound               job_not_found
│   ├── KeyNotFound               key_not_found
│   └── ModelNotFound             model_not_found
├── SettingsError                 settings_invalid
│   └── PackageMissing            package_missing
├── StoreError                    the data folder or the database
│   ├── DataFolderError           data_folder_unusable
│   ├── CatalogueError            catalogue_unusable
│   ├── CatalogueBusy             catalogue_busy
│   ├── CatalogueUnreachable      catalogue_unreachable
│   ├── EmbedderMismatch          embedder_mismatch
│   ├── VectorsUnavailable        vectors_unavailable
│   ├── BackupImpossible          backup_impossible
│   ├── BackupDamaged             backup_damaged
│   ├── ExportImpossible          export_impossible
│   └── MigrationImpossible       migration_impossible
├── ModelError
│   ├── ModelMissing              model_missing
│   ├── ModelDamaged              model_damaged
│   └── LlmError                  the language model; answers are quotations then
│       ├── LlmUnavailable        llm_unavailable
│       ├── LlmBudgetSpent        llm_budget_spent
│       └── LlmStopped            llm_stopped
├── NotReady                      not_ready
└── ServerError                   what a client sees of a remote Dateline
    ├── ServerUnreachable         server_unreachable
    └── ServerRefused             the server's own code

Codes are stable: scripts and clients may rely on them. HTTP statuses belong to the API, exit codes
to the command line.
"""

from __future__ import annotations

from typing import ClassVar


class DatelineError(Exception):
    """A refusal that names the input, the place and the remedy."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Dateline could not do this"

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message


class InputError(DatelineError):
    """What was handed in cannot be used as it is."""

    code = "input_invalid"
    title = "The input cannot be used"
    origin: str | None = None
    """The file (with its line or member) or the URL it is about, where it is one of many."""


class QuestionError(InputError):
    """An empty or overlong question or query."""

    code = "question_invalid"
    title = "The question cannot be used"


class FilterError(InputError):
    """A filter with an unknown key, a bad date or an empty range."""

    code = "filter_invalid"
    title = "A filter cannot be used"


class CursorError(InputError):
    """A cursor that no page handed out."""

    code = "cursor_invalid"
    title = "The cursor cannot be used"


class StyleUnknown(InputError):
    """A citation style that is not there."""

    code = "style_unknown"
    title = "There is no such citation style"


class ArticleError(InputError):
    """An article whose fields break the rules."""

    code = "article_invalid"
    title = "The article cannot be stored"


class SourceMissing(InputError):
    """A path that does not exist."""

    code = "source_missing"
    title = "There is nothing at this path"


class SourceUnsupported(InputError):
    """A file of a kind that cannot be read."""

    code = "source_unsupported"
    title = "This kind of file cannot be read"


class SourceEncoding(InputError):
    """Bytes that are not UTF-8."""

    code = "source_encoding"
    title = "The text is not valid UTF-8"


class SourceEmpty(InputError):
    """A file or text without words."""

    code = "source_empty"
    title = "There is no text in it"


class SourceTooLarge(InputError):
    """A text over the size limit."""

    code = "source_too_large"
    title = "The text is too large"


class SourceUnreadable(InputError):
    """A file that the operating system does not let us read."""

    code = "source_unreadable"
    title = "The file cannot be opened"


class SourceDamaged(InputError):
    """A file whose bytes are not what its name promises."""

    code = "source_damaged"
    title = "The file is damaged"


class SourceEncrypted(InputError):
    """A file that only opens with a password."""

    code = "source_encrypted"
    title = "The file is protected with a password"


class SourceBomb(InputError):
    """An archive or a stream that unpacks to more than is allowed."""

    code = "source_bomb"
    title = "It unpacks to more than is allowed"


class SourceSlow(InputError):
    """A file that took too long to parse."""

    code = "source_slow"
    title = "It took too long to read"


class ExtraMissing(InputError):
    """A kind of file that needs a package which is not installed."""

    code = "extra_missing"
    title = "A package for this kind of file is not installed"


class MappingError(InputError):
    """A mapping that names fields or columns that do not exist."""

    code = "mapping_invalid"
    title = "The mapping of fields cannot be used"


class CollectionImpossible(InputError):
    """A collection that cannot be made: its name, its settings, one too many."""

    code = "collection_impossible"
    title = "The collection cannot be made"


class CollectionExists(InputError):
    """A collection with a name that is taken."""

    code = "collection_exists"
    title = "There is a collection of this name"


class UrlForbidden(InputError):
    """A URL that is never fetched: another scheme or port, credentials, a private address."""

    code = "url_forbidden"
    title = "This URL is not fetched"


class UrlUnreachable(InputError):
    """A URL whose server cannot be reached, refuses, or does not answer in time."""

    code = "url_unreachable"
    title = "The URL cannot be fetched"


class RobotsDisallowed(InputError):
    """A page that its site's robots.txt closes to programs."""

    code = "robots_disallowed"
    title = "The site asks programs to stay away"


class NotFound(DatelineError):
    """Something that is not in the collection."""

    code = "not_found"
    title = "Not found"


class ArticleNotFound(NotFound):
    """An article or a version of it that the collection does not have."""

    code = "article_not_found"
    title = "No such article"


class AnswerNotFound(NotFound):
    """There is no answer with this id, or it is kept no longer."""

    code = "answer_not_found"
    title = "No such answer"


class ChatNotFound(NotFound):
    """There is no chat or turn with this name, or it is kept no longer."""

    code = "chat_not_found"
    title = "No such chat"


class CollectionNotFound(NotFound):
    """A collection that does not exist."""

    code = "collection_not_found"
    title = "No such collection"


class JobNotFound(NotFound):
    """There is no job with this id."""

    code = "job_not_found"
    title = "No such job"


class ModelNotFound(NotFound):
    """There is no model with this name."""

    code = "model_not_found"
    title = "No such model"


class KeyNotFound(NotFound):
    """There is no API key with this id."""

    code = "key_not_found"
    title = "No such API key"


class SettingsError(DatelineError):
    """An unknown setting or a bad value."""

    code = "settings_invalid"
    title = "A setting cannot be used"


class PackageMissing(SettingsError):
    """A setting that needs a package which is not installed, whatever is asked."""

    code = "package_missing"
    title = "A package that a setting needs is not installed"


class StoreError(DatelineError):
    """The stored collection cannot be used."""

    code = "store_unusable"
    title = "The stored collection cannot be used"


class DataFolderError(StoreError):
    """A data folder that cannot be made or written."""

    code = "data_folder_unusable"
    title = "The data folder cannot be used"


class CatalogueError(StoreError):
    """A database that cannot be opened or is damaged."""

    code = "catalogue_unusable"
    title = "The catalogue cannot be used"


class CatalogueBusy(StoreError):
    """Another writer held the catalogue for too long."""

    code = "catalogue_busy"
    title = "The catalogue is busy"


class CatalogueUnreachable(StoreError):
    """A database server that does not answer; nothing but waiting is needed once it does."""

    code = "catalogue_unreachable"
    title = "The catalogue's database cannot be reached"


class VectorsUnavailable(StoreError):
    """A vector store that cannot be reached, or refuses."""

    code = "vectors_unavailable"
    title = "The vector store cannot be reached"


class EmbedderMismatch(StoreError):
    """Vectors in the catalogue that another embedder made."""

    code = "embedder_mismatch"
    title = "The collection was embedded with another model"


class BackupImpossible(StoreError):
    """A backup cannot be made or put where it was asked for."""

    code = "backup_impossible"
    title = "No backup could be made"


class BackupDamaged(StoreError):
    """A file is no backup, or not what was saved."""

    code = "backup_damaged"
    title = "The backup is damaged"


class ExportImpossible(StoreError):
    """An export cannot be written where it was asked for."""

    code = "export_impossible"
    title = "Nothing could be exported"


class MigrationImpossible(StoreError):
    """A catalogue that cannot be copied to where it was asked for, or is being copied."""

    code = "migration_impossible"
    title = "The collection cannot be moved"


class ModelError(DatelineError):
    """A model that cannot be used."""

    code = "model_unusable"
    title = "A model cannot be used"


class ModelMissing(ModelError):
    """Weights that are not there."""

    code = "model_missing"
    title = "The model is not installed"


class ModelDamaged(ModelError):
    """Weights whose checksum is wrong."""

    code = "model_damaged"
    title = "The model's weights are not the expected ones"


class LlmError(ModelError):
    """A language model that wrote nothing that can be used."""

    code = "llm_unusable"
    title = "The language model cannot be used"


class LlmUnavailable(LlmError):
    """A language model that does not reply, or not in time."""

    code = "llm_unavailable"
    title = "The language model does not reply"


class LlmBudgetSpent(LlmError):
    """A request beyond what one request, one question or the day may take."""

    code = "llm_budget_spent"
    title = "The budget for the language model is spent"


class LlmStopped(LlmError):
    """Whoever asked went away."""

    code = "llm_stopped"
    title = "The answer is not wanted any more"


class NotReady(DatelineError):
    """A service that is still loading."""

    code = "not_ready"
    title = "Dateline is still loading"


class ServerError(DatelineError):
    """What a client of a running server can meet."""

    code = "server_error"
    title = "The server could not answer"


class ServerUnreachable(ServerError):
    """No server answers at the address."""

    code = "server_unreachable"
    title = "No server answers"


class ServerRefused(ServerError):
    """The server refused; its own code and message are passed on."""

    def __init__(self, code: str, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.server_code = code
